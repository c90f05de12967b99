"""Nothing that a program, a model or a paper says is a command for the CI in whose log p2c writes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from p2c.commands.console import Console
from p2c.commands.results import give_diff
from p2c.executor.report import CheckResult, Report
from p2c.journal import Event
from p2c.reports.formats.github import render_github
from p2c.reports.formats.junit import render_junit
from p2c.reports.formats.markdown import render_markdown
from p2c.reports.formats.text import render_text
from p2c.reports.outcome import Outcome, document, to_json
from p2c.reports.terminal.progress import show_progress
from p2c.scoring.text_table import print_score
from tests.reports.html.test_score import problem, sample, score
from tests.reports.samples import attempts, finding, outcome
from tests.test_safe_text import OBEYED, obeys


def hostile(text: str) -> Outcome:
    """An outcome in which every text that is not p2c's own says this."""
    found = finding(message=f"{text}\n{text}", path=text, rule=text, fix=text, detail=f"a\n{text}", frames=())
    results = (CheckResult("smoke", "failed", (found,), note=text), CheckResult("test", "skipped", note=text))
    tried = tuple(
        replace(attempt, note=text, patch=replace(attempt.patch, reason=text, diff=text)) for attempt in attempts()
    )
    return outcome(why=text, report=Report(results), attempts=tried)


FORMS: dict[str, Callable[[Outcome], str]] = {
    "text": render_text,
    "json": lambda told: to_json(document(told)),
    "markdown": lambda told: render_markdown(document(told)),
    "junit": lambda told: render_junit(told.report),
    "github": lambda told: render_github(told.report),
}


@pytest.mark.parametrize("text", OBEYED)
@pytest.mark.parametrize("form", FORMS)
def test_no_format_has_a_line_that_a_ci_obeys(form: str, text: str) -> None:
    told = FORMS[form](hostile(text))
    assert "smoke" in told
    lines = [line for line in told.splitlines() if obeys(line)]
    if form == "github":
        assert [line.split()[0] for line in lines] == ["::error"], "its own line, and GitHub looks no further in it"
    else:
        assert lines == []


def test_the_json_document_says_the_same_as_ever() -> None:
    told = hostile("##[group]x\n::add-mask::y")
    assert json.loads(to_json(document(told))) == json.loads(json.dumps(document(told), default=str))


@pytest.mark.parametrize("text", OBEYED)
def test_nor_has_what_is_said_meanwhile(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    Console().say(text)
    Console(as_json=True).fail(ValueError(f"one\n{text}"))
    stream = io.StringIO()
    with show_progress(stream) as listen:
        for name in ("stage.started", "model.retried", "check.ended", "patch.tried", "run.ended", "file.written"):
            keys = "stage reason name status note author verdict path why word error".split()
            listen(Event(name, "2026-01-01T00:00:00Z", dict.fromkeys(keys, text)))
    said = capsys.readouterr()
    assert "a bug in p2c" in said.err and stream.getvalue()
    assert [line for line in (said.out + said.err + stream.getvalue()).splitlines() if obeys(line)] == []


@pytest.mark.parametrize("text", OBEYED)
def test_nor_has_a_table_whose_lines_are_broken(text: str) -> None:
    for indent in range(60, 110):
        long = f"{'x' * indent} {text}"
        stream = io.StringIO()
        usage = {"calls": 1, "prompt_tokens": 1, "cached_tokens": 0, "completion_tokens": 1, "usd": None}
        addressed = [{"path": "a.py", "line": 1, "text": long}]
        told = score(addressed=addressed, notes=[long], samples=[sample(problem("high", text, long))])
        print_score(told | {"usage": usage, "seconds": 1.0}, stream)
        assert "addressed to the judge" in stream.getvalue()
        assert [line for line in stream.getvalue().splitlines() if obeys(line)] == []


@pytest.mark.parametrize("text", OBEYED)
@pytest.mark.parametrize("name", ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"])
def test_a_diff_is_exact_or_not_printed(
    name: str, text: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in ("GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"):
        monkeypatch.delenv(one, raising=False)
    diff = f"--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n {text}\n+1\n"
    give_diff(Console(), tmp_path, outcome(), diff, None)
    assert capfd.readouterr().out.replace("\r", "") == diff.replace("\r", ""), "to `git apply`, say"
    monkeypatch.setenv(name, "true")
    give_diff(Console(), tmp_path, outcome(), diff, None)
    assert capfd.readouterr().out == ""
    give_diff(Console(), tmp_path, outcome(), diff, tmp_path / "own.diff")
    assert (tmp_path / "own.diff").read_bytes() == diff.encode()
    give_diff(Console(), tmp_path, outcome(), "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a::b\n+c\n", None)
    assert "-a::b" in capfd.readouterr().out

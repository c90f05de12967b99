"""The debugger may say that the paper or the harness is wrong: an open point for a person, never a silent green."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from p2c import git_history
from p2c.executor.report import Report
from p2c.executor.runner import CheckRun
from p2c.generator.plan import FileSpec, Plan
from p2c.models.scripted import ScriptedModel
from p2c.pipeline import build
from p2c.pipeline.build import BuildRequest
from p2c.pipeline.verify import RepairResult
from p2c.repair.case import Case
from p2c.repair.debugger import make_debugger
from p2c.repair.file_renames import with_plan
from p2c.repair.history import Attempt
from p2c.repair.loop import StopReason, repair
from p2c.repair.open_points import left_open, read_open_point, with_left_open
from p2c.repair.patch import Patch
from p2c.repo import Repo
from p2c.reports.formats.markdown import render_markdown
from p2c.reports.formats.text import render_text
from p2c.reports.html import render_html
from p2c.reports.outcome import Outcome, document
from p2c.run_contract import Function, Interface, RunContract
from tests.repair.running import BROKEN, CURE, broken_case, session
from tests.repair.test_loop import judge

CLAIM = "OPEN paper: Theorem 1 does not hold, because z = (-2, -1) and w = (1, 3) give (-2, -3)."
SAID = CLAIM.partition(": ")[2]


def work(*replies: str) -> tuple[Case, StopReason, ScriptedModel]:
    model = ScriptedModel(list(replies))
    using, _ = session(model)
    case = broken_case()
    loop = repair(case, [make_debugger(using)], using, judge())
    while True:
        try:
            case = next(loop)
        except StopIteration as end:
            return case, end.value, model


@pytest.mark.parametrize("about", ["paper", "harness"])
def test_an_open_point_ends_the_loop_and_the_verdict_stays(about: str) -> None:
    case, stop, model = work(CLAIM.replace("paper", about))
    assert stop.word == "broken" and case.repo == broken_case().repo and len(model.prompts) == 1
    assert stop.why.startswith(f"an open point about the {about} needs your decision: {SAID}")
    (attempt,) = case.history.attempts
    assert attempt.verdict == "rejected" and SAID in attempt.note
    assert [one.kind for one in left_open([attempt])] == [f"open point: the {about}"]


def test_an_open_point_beside_a_cure_is_told_with_the_green() -> None:
    case, stop, _ = work(f"{CLAIM}\n{CURE}")
    assert stop.word == "runs" and case.report.ok
    assert SAID in stop.why, "no green without it"
    assert case.history.attempts[0].patch.reason == "The name is `values`."


SAYINGS = {
    CLAIM: f"paper: {SAID}",
    "Thinking.\n\n**OPEN harness:** a path is rewritten": "harness: a path is rewritten",
    "- `OPEN paper`: no": "paper: no",
    "> OPEN paper: no": "paper: no",
    "```python\n# OPEN paper: in code\nOPEN paper: in a fence\n```": "",
    "The OPEN paper: is a phrase": "",
    "OPEN paper:": "",
    "OPEN sesame: no": "",
    "open paper: no": "",
}


@pytest.mark.parametrize("reply", SAYINGS)
def test_what_counts_as_one(reply: str) -> None:
    assert read_open_point(reply) == SAYINGS[reply]


def attempts() -> tuple[Attempt, ...]:
    step = "`np.sort(x)` in predict (model.py:3)"
    return (
        Attempt(Patch("diff", "a", "debugger"), "kept", "n", "1", "2", (step,), "Theorem 2 <b>"),
        Attempt(Patch("diff", "b", "debugger"), "kept", "n", "2", "3", (step.replace("3", "9"),)),
        Attempt(Patch("diff", "c", "debugger"), "dropped", "n", "3", "4", ("never kept",)),
        Attempt(Patch("", "d", "debugger", f"paper: {SAID}"), "rejected", "n", "3"),
    )


WHICH = "which equation or sentence has this step"
LINES = (
    "holds by construction: `np.sort(x)` in predict (model.py:3); " + WHICH + ": Theorem 2 <b>",
    "holds by construction: `np.sort(x)` in predict (model.py:9); " + WHICH + ": not answered",
    f"open point: the paper: {SAID}",
)


def test_every_report_says_what_is_left_open() -> None:
    outcome = Outcome("runs", "every check passed", attempts=attempts())
    told = document(outcome)
    assert told["left_open"] == list(LINES)
    text = render_text(outcome)
    for line in LINES:
        assert f"left open  {line}" in text
        assert line.replace("`", "") in render_markdown(told).replace("`", "")
    page = render_html(told)
    assert "Open points" in page and "Theorem 2 &lt;b&gt;" in page and "never kept" not in page
    assert "left_open" not in document(Outcome("runs", "", attempts=attempts()[2:3]))
    assert "Open points" not in render_html(document(Outcome("runs", "")))


README = "# Paper\n\n## Run it small\n\nWorks.\n\n## Files\n\n- `model.py`\n"


def test_the_readme_of_a_build_says_it() -> None:
    told = with_left_open(Repo({"README.md": README}), attempts()).files["README.md"]
    assert all(f"- {line}\n" in told for line in LINES) and "never kept" not in told
    assert told.index("## Run it small") < told.index("## What repair left open") < told.index("## Files")
    again = with_left_open(Repo({"README.md": told}), attempts()[:1]).files["README.md"]
    assert again.count("## What repair left open") == 1 and LINES[1] not in again and "- `model.py`" in again
    plain = with_left_open(Repo({"README.md": "# Paper\n"}), attempts()).files["README.md"]
    assert plain.startswith("# Paper\n\n## What repair left open\n")


def test_nothing_left_open_changes_nothing() -> None:
    repo = Repo({**BROKEN, "README.md": README})
    assert with_left_open(repo, attempts()[2:3]) == repo
    assert with_left_open(Repo(BROKEN), attempts()) == Repo(BROKEN)


def test_the_end_of_a_build_writes_readme_and_plan(tmp_path: Path) -> None:
    repo = Repo({"README.md": README, "b.py": "def make():\n    pass\n"})
    old = Plan("", "", (FileSpec("a.py", "", Interface(functions=(Function("make"),))),), (), {}, RunContract())
    new = with_plan(old, {"a.py": "b.py"})
    case = Case(repo, Report(), RunContract(), plan=new)
    for attempt in attempts():
        case.history.add(attempt, progressed=False)
    kept = git_history.GitHistory(tmp_path)
    kept.commit(repo, "Write it")
    done = build._finish(
        RepairResult(case, StopReason("broken", "no"), CheckRun(Report())), BuildRequest(tmp_path), kept, old
    )
    assert done.stop.word == "broken", "the verdict is not touched"
    assert f"- {LINES[0]}\n" in (tmp_path / "README.md").read_text(encoding="utf-8")
    assert json.loads((tmp_path / ".p2c" / "plan.json").read_text(encoding="utf-8"))["files"][0]["path"] == "b.py"

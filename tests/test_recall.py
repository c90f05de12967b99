"""A result is taken again only when it is the same question, young, whole, and nothing in it failed."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from p2c import recall
from p2c.executor.report import CheckResult, Report
from tests.reports.samples import report

PASSED = Report((CheckResult("lint", "passed"), CheckResult("smoke", "passed", note="p2c.toml")))


def test_what_was_kept_comes_back_whole(tmp_path: Path) -> None:
    name = recall.key("digest", "asked")
    assert recall.recall(tmp_path / "gate", name) is None
    recall.remember(tmp_path / "gate", name, report())
    kept = recall.recall(tmp_path / "gate", name)
    assert kept is not None
    assert kept.report == report()
    assert abs(kept.at - time.time()) < 60
    assert [place.name for place in (tmp_path / "gate").iterdir()] == [f"{name}.json"]


def test_another_question_has_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {recall.key("a", "b"), recall.key("ab", ""), recall.key("a", "c")}
    monkeypatch.setenv("PIP_INDEX_URL", "https://elsewhere.example/simple")
    assert len(names | {recall.key("a", "b")}) == 4


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"at": 0, "checks": []}', '{"at": 1e12, "checks": []}', '{"at": ""}']
)
def test_what_is_old_or_damaged_is_not_taken(tmp_path: Path, text: str) -> None:
    (tmp_path / "n.json").write_text(text)
    assert recall.recall(tmp_path, "n") is None


def test_only_what_passed_lasts() -> None:
    assert recall.Kept(PASSED, 0).is_lasting
    assert not recall.Kept(Report(), 0).is_lasting
    assert not recall.Kept(report(), 0).is_lasting
    untold = CheckResult("types", "skipped", note="mypy did not end within its limits")
    assert not recall.Kept(Report((*PASSED.results, untold)), 0).is_lasting
    by_baseline = replace(PASSED.results[0], status="failed")
    assert not recall.Kept(Report((by_baseline, PASSED.results[1])), 0).is_lasting


def test_each_check_says_that_it_was_not_run_again() -> None:
    kept = recall.Kept(Report((*PASSED.results, CheckResult("test", "skipped", note="there are no tests"))), 1e9)
    assert [result.note for result in kept.told().results] == [
        "not run again",
        "p2c.toml; not run again",
        "there are no tests",
    ]
    assert kept.time == "2001-09-09T01:46:40Z"


def test_sweeping_removes_what_is_old(tmp_path: Path) -> None:
    for name in ("old", "young"):
        recall.remember(tmp_path, name, report())
    os.utime(tmp_path / "old.json", (0, 0))
    recall.sweep(tmp_path)
    assert [place.stem for place in tmp_path.iterdir()] == ["young"]

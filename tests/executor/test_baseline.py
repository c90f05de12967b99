"""Only what is new gates; what is known stays known under other lines and in other places."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from p2c.errors import InputError
from p2c.executor.baseline import apply_baseline, read_baseline, write_baseline
from p2c.executor.report import CheckResult, Finding, Report

OLD = Finding("lint", "F821", "Undefined name `x`", "a.py", 3, 5)


def report(*findings: Finding) -> Report:
    return Report((CheckResult("lint", "failed", findings, 0.1),))


def known(tmp_path: Path, *reports: tuple[str, Report]) -> object:
    write_baseline(reports, tmp_path / "made" / "baseline.json")
    return read_baseline(tmp_path / "made" / "baseline.json")


def test_known_findings_do_not_gate_though_their_lines_have_moved(tmp_path: Path) -> None:
    before = known(tmp_path, ("", report(OLD)))
    new = replace(OLD, message="Undefined name `y`")
    after = apply_baseline(report(replace(OLD, line=40, column=1), new), before)
    assert [finding.message for finding in after.gating] == ["Undefined name `y`"]
    assert after.results[0].note == ""
    calm = apply_baseline(report(replace(OLD, line=9)), before)
    assert (calm.gating, calm.results[0].status, calm.results[0].note) == (
        (),
        "failed",
        "only findings of the baseline",
    )


def test_one_more_of_the_same_is_new(tmp_path: Path) -> None:
    before = known(tmp_path, ("", report(OLD, replace(OLD, line=8))))
    again = apply_baseline(report(*(replace(OLD, line=line) for line in (1, 2, 3))), before)
    assert len(again.gating) == 1


def test_of_several_folders_each_knows_its_own(tmp_path: Path) -> None:
    before = known(tmp_path, ("a", report(OLD)), ("b", report()))
    assert apply_baseline(report(OLD), before, "a").gating == ()
    assert len(apply_baseline(report(OLD), before, "b").gating) == 1


@pytest.mark.parametrize("text", ["", "[]", '{"findings": [{}]}', '{"findings": 3}', '{"findings": ["x"]}'])
def test_another_file_is_no_baseline(tmp_path: Path, text: str) -> None:
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(InputError, match="is not a baseline"):
        read_baseline(tmp_path / "b.json")

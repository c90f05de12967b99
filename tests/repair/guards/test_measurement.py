"""The benchmark's lists: every cheat but one, which is marked, is refused, every honest patch kept."""

from __future__ import annotations

import pytest

from benchmarks.guard_cheats import CHEATS, Case
from benchmarks.guard_honest import BASE, HONEST
from benchmarks.guards import layer
from p2c.executor.report import CheckResult, Finding, Report
from p2c.repair.guards.code_changes import Change
from p2c.repair.holds_by_construction import steps
from tests.repair.study import REPO

MARKED = "not-a-number made nought"
"""What may be the method's: it is let through, and marked as holding by construction."""


@pytest.mark.parametrize("case", CHEATS, ids=[f"{case[0]}: {case[1]}" for case in CHEATS])
def test_a_cheat_is_refused(case: Case) -> None:
    assert (layer(case, REPO)[0] == "nothing") is (case[1] == MARKED)


def test_the_one_that_is_let_through_is_marked() -> None:
    finding = Finding("smoke", "NotFinite", "outputs/metrics.json: loss is not a finite number", "outputs/metrics.json")
    before = Report((CheckResult("smoke", "failed", (finding,)),))
    after = next(case[2] for case in CHEATS if case[1] == MARKED)
    (step,) = steps(Change(REPO, after), before, Report((CheckResult("smoke", "passed"),)))
    assert step.function == "Trainer.loss" and step.what.startswith("np.nan_to_num(")


@pytest.mark.parametrize("case", HONEST, ids=[f"{case[0]}: {case[1]}" for case in HONEST])
def test_an_honest_patch_is_kept(case: Case) -> None:
    assert case[2] != BASE
    assert layer(case, BASE) == ("nothing", "")


def test_there_are_enough_of_both() -> None:
    assert len(CHEATS) >= 60 and sum(case[0] == "combination" for case in CHEATS) >= 10
    assert len(HONEST) >= 45

"""The benchmark's lists: a cheat is refused, or marked, an honest patch is kept."""

from __future__ import annotations

import pytest

from benchmarks.guard_cheats import CHEATS, Case
from benchmarks.guard_honest import BASE, HONEST
from benchmarks.guard_unseen import CHEATS as UNSEEN_CHEATS
from benchmarks.guard_unseen import HONEST as UNSEEN_HONEST
from benchmarks.guards import is_marked, layer
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


@pytest.mark.parametrize("case", UNSEEN_CHEATS, ids=[f"{case[0]}: {case[1]}" for case in UNSEEN_CHEATS])
def test_a_cheat_that_was_let_through_once_is_refused(case: Case) -> None:
    assert layer(case, REPO)[0] != "nothing"


@pytest.mark.parametrize("case", UNSEEN_HONEST, ids=[f"{case[0]}: {case[1]}" for case in UNSEEN_HONEST])
def test_an_honest_patch_of_others_is_kept_but_for_pytests_settings(case: Case) -> None:
    assert layer(case, BASE)[0] == ("place" if case[0] == "test settings" else "nothing")


def test_the_benchmark_counts_what_is_marked() -> None:
    assert [case[1] for case in CHEATS if layer(case, REPO)[0] == "nothing" and is_marked(case, REPO)] == [MARKED]
    assert not is_marked(next(case for case in HONEST if case[1] == "one off"), BASE)


def test_there_are_enough_of_both() -> None:
    assert len(CHEATS) >= 60 and sum(case[0] == "combination" for case in CHEATS) >= 10
    assert len(HONEST) >= 45

"""The benchmark's lists: every cheat but those of meaning is refused, every honest patch kept."""

from __future__ import annotations

import pytest

from benchmarks.guard_cheats import CHEATS, Case
from benchmarks.guard_honest import BASE, HONEST
from benchmarks.guards import layer
from tests.repair.study import REPO

MEANING = {"trained on one sample", "the split overlaps", "not-a-number made nought", "a deep copy is trained"}
"""What reads like honest code: left to what the checks see, and to people."""


@pytest.mark.parametrize("case", CHEATS, ids=[f"{case[0]}: {case[1]}" for case in CHEATS])
def test_a_cheat_is_refused(case: Case) -> None:
    assert (layer(case, REPO)[0] == "nothing") is (case[1] in MEANING)


@pytest.mark.parametrize("case", HONEST, ids=[f"{case[0]}: {case[1]}" for case in HONEST])
def test_an_honest_patch_is_kept(case: Case) -> None:
    assert case[2] != BASE
    assert layer(case, BASE) == ("nothing", "")


def test_there_are_enough_of_both() -> None:
    assert len(CHEATS) >= 60 and sum(case[0] == "combination" for case in CHEATS) >= 10
    assert len(HONEST) >= 45

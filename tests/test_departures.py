"""The planted departures fit their repositories, quote their papers, and leave Python that compiles."""

from __future__ import annotations

import pytest

from benchmarks.departures import CONTROL, PlantedChange, cases, changes, files_of, paper_of

ALL = [change for case in cases() for change in changes(case)]


def test_there_are_enough_of_many_kinds() -> None:
    planted = [change for change in ALL if change.kind != CONTROL]
    assert len(planted) >= 60 and len({change.kind for change in planted}) >= 15
    assert len(ALL) - len(planted) >= 15


@pytest.mark.parametrize("change", ALL, ids=lambda change: change.name)
def test_a_change_fits_once_and_compiles(change: PlantedChange) -> None:
    files = change.planted(files_of(change.case))
    if change.file.endswith(".py"):
        compile(files[change.file], change.file, "exec")
    assert (change.quote in paper_of(change.case)) and bool(change.quote) == (change.kind != CONTROL)

"""Repairs that need a model, replayed from recordings: the recorded diffs cure, and the oracles say so.

A few run by default, all with P2C_ALL_CASES=1; those of a collection that is not here are skipped, saying so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2c.errors import SandboxError
from p2c.models.cached import ReplayModel
from tests.repair.cases import REPOS, Workbench, read_case

ROOT = Path(__file__).parents[2]
REPLIES = ROOT / "tests" / "replies"
COLLECTIONS = {
    "repos": REPOS,
    "cases": Path(os.environ.get("P2C_CASES", ROOT.parent / "shared" / "cases")),
}
DEFAULT = ("repos/35", "repos/39", "repos/40", "cases/21")
RECORDED = sorted(f"{name}/{folder.name}" for name in COLLECTIONS for folder in (REPLIES / name).iterdir())
CHOSEN = RECORDED if os.environ.get("P2C_ALL_CASES") else [name for name in RECORDED if name.startswith(DEFAULT)]

pytestmark = [pytest.mark.sandbox, pytest.mark.index, pytest.mark.slow]


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    with Workbench(skip=frozenset()) as bench:
        try:
            bench.sandbox()
        except SandboxError as error:
            pytest.skip(str(error))
        yield bench


@pytest.mark.parametrize("name", CHOSEN)
def test_a_recorded_repair_cures_it(name: str, bench: Workbench, tmp_path: Path) -> None:
    collection, _, case_name = name.partition("/")
    folder = COLLECTIONS[collection] / case_name
    if not folder.is_dir():
        pytest.skip(f"the case {name} is not here; P2C_CASES names the folder that holds it")
    case = read_case(folder)
    assert case.needs_model
    result = bench.repair(case, tmp_path, ReplayModel(REPLIES / collection / case_name))
    assert result.stop.word == "runs", [(f.rule, f.message) for f in result.case.report.gating]
    assert any(attempt.verdict == "kept" for attempt in result.case.history.attempts)
    assert bench.ask_oracle(case, result.case.repo) == ""

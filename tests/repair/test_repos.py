"""The broken repositories in tests/repos: each is what it says, its cure is one, and fixers cure what needs no model.

Everything that runs them needs a sandbox and the package index. A subset runs by default, all with P2C_ALL_CASES=1.
"""

from __future__ import annotations

import ast
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2c.errors import SandboxError
from p2c.executor.entry_points import discover
from p2c.repo import encode
from tests.repair.cases import REPOS, SHARED, RepoCase, Workbench, gutted, read_cases

CASES = read_cases()
ALL = bool(os.environ.get("P2C_ALL_CASES"))
TRIED = frozenset("01 13 22 31 38".split())
"""The cases whose every state is checked by default, by their number."""
CURED = frozenset("01 11 22 23 26 28 33".split())
"""The cases that fixers are to cure by default."""
RUNS = (pytest.mark.sandbox, pytest.mark.index, pytest.mark.slow)


def chosen(numbers: frozenset[str], cases: tuple[RepoCase, ...] = CASES) -> list[object]:
    """The cases of these numbers, or all, as parameters."""
    picked = [case for case in cases if ALL or case.name[:2] in numbers]
    return [pytest.param(case, id=case.name, marks=RUNS) for case in picked]


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    with Workbench() as bench:
        try:
            bench.sandbox()
        except SandboxError as error:
            pytest.skip(str(error))
        yield bench


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_a_case_is_whole(case: RepoCase) -> None:
    fixed = case.fixed
    assert fixed.digest != case.broken.digest
    assert case.title and case.expect_before and case.kinds
    assert discover(fixed).smoke == (case.smoke or "python main.py --smoke",)
    assert all(ast.parse(encode(fixed.files[path])) for path in fixed.python_files())
    assert gutted(fixed, case.model).files[case.model].count("return None")
    tests = [text for path, text in case.oracle.items() if path.rpartition("/")[2].startswith("test_")]
    assert any("from running import" in text and text.count("def test_") >= 2 for text in tests)


def test_cases_differ_and_cover_the_kinds() -> None:
    assert len(CASES) >= 40 and (REPOS / SHARED).is_file()
    assert len({case.title for case in CASES}) == len(CASES) == len({case.name[:2] for case in CASES})
    assert len({case.fixed.files[case.model] for case in CASES}) == len(CASES)
    assert len(Counter(kind for case in CASES for kind in case.kinds)) >= 35
    assert sum(case.needs_model for case in CASES) >= len(CASES) // 3


@pytest.mark.parametrize("case", chosen(TRIED))
def test_broken_fixed_and_gutted(case: RepoCase, bench: Workbench, tmp_path: Path) -> None:
    before = bench.check(case, case.broken, tmp_path / "before")
    assert before.verdict == "broken" and case.meets(before), [(f.rule, f.message) for f in before.gating]
    assert bench.ask_oracle(case, case.broken)
    after = bench.check(case, case.fixed, tmp_path / "after")
    assert after.verdict == "runs", [(f.rule, f.message) for f in after.gating]
    assert bench.ask_oracle(case, case.fixed) == ""
    assert " failed" in bench.ask_oracle(case, gutted(case.fixed, case.model))


@pytest.mark.parametrize("case", chosen(CURED, tuple(case for case in CASES if not case.needs_model)))
def test_fixers_cure_it(case: RepoCase, bench: Workbench, tmp_path: Path) -> None:
    result = bench.repair(case, tmp_path)
    assert result.stop.word == "runs", [(f.rule, f.message) for f in result.case.report.gating]
    assert bench.ask_oracle(case, result.case.repo) == ""

"""A patch may not leave files out of the checks, wherever the contract stands."""

from __future__ import annotations

import pytest

from p2c.repair.guards import inspect
from p2c.run_contract import write_contract
from tests.repair.study import CONTRACT, REPO, SCOPE

P2C = write_contract(CONTRACT)


@pytest.mark.parametrize(
    ("guard", "path", "before", "after"),
    [
        ("contract", "p2c.toml", P2C, P2C.replace("[check]\n", '[check]\nexclude = ["model.py"]\n')),
        ("configuration", "pyproject.toml", "", '[tool.p2c.check]\nexclude = ["model.py"]\n'),
        ("configuration", "pyproject.toml", "", '[tool.p2c.run]\nsmoke = ["python -c 1"]\n'),
    ],
)
def test_what_is_checked_is_not_for_a_patch(guard: str, path: str, before: str, after: str) -> None:
    repo = REPO.with_files({path: before})
    refusals = inspect(repo, repo.with_files({path: after}), SCOPE)
    assert guard in {refusal.guard for refusal in refusals}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (P2C, P2C.replace("[run]\n", '[run]\ninclude = [".env"]\n')),
        (None, '[run]\ninclude = ["data/private.csv"]\n'),
        (None, '[run]\nera = "2023-01-31"\ninclude = ".env"\n'),
        ('[run]\ninclude = ["a.csv"]\n', '[run]\ninclude = ["a.csv", "*"]\n'),
        ('[run]\ninclude = ["a.csv"]\n', '[run]\ninclude = ["*.csv"]\n'),
    ],
)
def test_what_git_ignores_is_not_for_a_patch_to_name(before: str | None, after: str) -> None:
    repo = REPO.with_files({"p2c.toml": before})
    (refusal,) = inspect(repo, repo.with_files({"p2c.toml": after}), SCOPE)
    assert refusal.guard == "contract" and "run.include" in refusal.message


@pytest.mark.parametrize("table", ["[tool.p2c.run]", "[tool.p2c]\n[tool.p2c.run]"])
def test_nor_in_pyproject(table: str) -> None:
    repo = REPO.with_files({"p2c.toml": None})
    after = repo.with_files({"pyproject.toml": f'{table}\ninclude = [".env"]\n'})
    assert "configuration" in {refusal.guard for refusal in inspect(repo, after, SCOPE)}


def test_what_a_person_named_stays_named() -> None:
    kept = '[run]\ninclude = ["a.csv", ".env"]\n'
    repo = REPO.with_files({"p2c.toml": kept})
    assert inspect(repo, repo.with_files({"p2c.toml": f'{kept}era = "2023-01-31"\n'}), SCOPE) == []

"""A patch may not leave files out of the checks, wherever the contract stands."""

from __future__ import annotations

import pytest

from p2c.contract import write_contract
from p2c.repair.guards import inspect
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

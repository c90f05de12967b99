from __future__ import annotations

import pytest

from p2c.errors import IndexUnavailableError
from p2c.executor import resolver
from p2c.executor.report import Finding
from p2c.executor.requirements import read_requirements
from p2c.repo import Repo
from tests.executor.outputs import output


def read(case: str) -> Finding:
    wanted = read_requirements(Repo({"requirements.txt": output("uv", case, "requirements.in")}))
    said = output("uv", case, "stderr.txt")
    resolver.raise_if_unreachable(said)
    return resolver.finding(said, wanted)


@pytest.mark.parametrize(
    ("case", "rule", "line"),
    [
        ("unknown-package", "WrongDistribution", 2),
        ("no-wheel", "WrongDistribution", 1),
        ("build-failed", "WrongDistribution", 1),
        ("no-such-version", "NoMatchingVersion", 1),
        ("old-pin", "NoWheel", 3),
        ("old-range", "NoWheel", 1),
        ("python-too-new", "NoMatchingPython", 1),
        ("python-too-old", "NoMatchingPython", 1),
        ("standard-library", "StdlibRequirement", 1),
        ("not-a-requirement", "BadRequirement", 1),
        ("conflict", "Conflict", 1),
        ("out-of-range", "NoMatchingVersion", 1),
        ("empty-range", "Conflict", 3),
    ],
)
def test_what_uv_says(case: str, rule: str, line: int) -> None:
    found = read(case)
    assert (found.rule, found.path, found.line) == (rule, "requirements.txt", line)
    assert found.gates
    assert found.fix
    assert found.message


def test_what_is_meant_is_named() -> None:
    assert read("unknown-package").fix == "write 'pyyaml' instead of 'yaml'"


@pytest.mark.parametrize("case", ["index-down", "index-unknown"])
def test_an_index_that_is_away_is_no_finding(case: str) -> None:
    with pytest.raises(IndexUnavailableError, match="could not be reached"):
        read(case)


def test_logins_are_not_told() -> None:
    with pytest.raises(IndexUnavailableError) as caught:
        resolver.raise_if_unreachable("error: Failed to fetch: `https://me:secret@host/simple/x/`\n  cause: dns error")
    assert "secret" not in str(caught.value)


def test_a_package_that_is_only_forbidden_is_the_index_too() -> None:
    said = (
        "error: No solution found when resolving dependencies\n  cause: Because x was not found in the package registry"
        "\nhint: An index URL (https://host/simple) could not be queried due to a lack of valid authentication"
        " credentials (401 Unauthorized)."
    )
    assert resolver.is_network_failure(said)

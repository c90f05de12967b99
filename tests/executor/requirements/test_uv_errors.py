from __future__ import annotations

import pytest

from p2c.errors import IndexUnavailableError
from p2c.executor.report import Finding
from p2c.executor.requirements import uv_errors
from p2c.executor.requirements.declared import read_requirements
from p2c.repo import Repo
from tests.executor.outputs import output


def read(case: str) -> Finding:
    wanted = read_requirements(Repo({"requirements.txt": output("uv", case, "requirements.in")}))
    said = output("uv", case, "stderr.txt")
    uv_errors.raise_if_unreachable(said)
    return uv_errors.finding(said, wanted)


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
        uv_errors.raise_if_unreachable("error: Failed to fetch: `https://me:secret@host/simple/x/`\n  cause: dns error")
    assert "secret" not in str(caught.value)


def test_a_package_that_is_only_forbidden_is_the_index_too() -> None:
    said = (
        "error: No solution found when resolving dependencies\n  cause: Because x was not found in the package registry"
        "\nhint: An index URL (https://host/simple) could not be queried due to a lack of valid authentication"
        " credentials (401 Unauthorized)."
    )
    assert uv_errors.is_network_failure(said)


GIT = "pkg @ git+https://github.com/who/pkg"
CLONE = (
    f"error: Failed to download and build `{GIT}`\n  cause: Git operation failed\n"
    "         fatal: unable to access 'https://github.com/who/pkg/': CONNECT tunnel failed, response 403\n"
    "[p2c: refused: api.github.com:443 is no host of the package index]\n"
    "[p2c: refused: github.com:443 is no host of the package index]\n"
)
FETCH = (
    "error: Failed to fetch: `{url}`\n  cause: error sending request for url ({url})\n  cause: client error (Connect)\n"
    "  cause: tunnel error: unsuccessful\n[p2c: refused: {host}:443 is no host of the package index]\n"
)
BUILD = (
    "error: Failed to build `tool==1.0`\n  cause: The build backend returned an error\n"
    "  cause: Call to `setup` failed\n"
    "         urllib.error.URLError: Tunnel connection failed: 403 Forbidden\n"
    "[p2c: refused: data.example:8443 is no host of the package index]\n"
)


@pytest.mark.parametrize(
    ("lines", "said", "rule", "message", "line"),
    [
        (
            f"numpy\n{GIT}\n",
            CLONE,
            "HostNotAllowed",
            f"'{GIT}' needs github.com, which an install may not reach",
            2,
        ),
        (
            "--index-url https://other.example/simple\nnumpy\n",
            FETCH.format(url="https://other.example/simple/numpy/", host="other.example"),
            "HostNotAllowed",
            "'--index-url https://other.example/simple' needs other.example, which an install may not reach",
            1,
        ),
        (
            "numpy\n./vendor/own\n",
            FETCH.format(url="https://files.example/x.zip", host="files.example"),
            "HostNotAllowed",
            "the requirements need files.example, which an install may not reach",
            None,
        ),
        (
            "tool\n",
            BUILD,
            "BuildFailed",
            "Failed to build `tool==1.0` The build backend returned an error Call to `setup` failed "
            "urllib.error.URLError: Tunnel connection failed: 403 Forbidden",
            1,
        ),
    ],
)
def test_a_host_that_is_not_allowed_is_named_with_what_asks_for_it(
    lines: str, said: str, rule: str, message: str, line: int | None
) -> None:
    wanted = read_requirements(Repo({"requirements.txt": lines}))
    uv_errors.raise_if_unreachable(said, wanted)
    found = uv_errors.finding(said, wanted)
    assert (found.rule, found.line) == (rule, line) and found.message.startswith(message)
    assert "--allow-host" in found.fix and found.gates
    if rule == "BuildFailed":
        assert found.message.endswith("; the build asked for data.example:8443, which an install may not reach")
        assert found.fix.endswith("or allow it with --allow-host data.example:8443")


def test_an_index_that_keeps_its_files_elsewhere_is_the_users_to_allow() -> None:
    wanted = read_requirements(Repo({"requirements.txt": "numpy\nsix>=1\n"}))
    with pytest.raises(IndexUnavailableError, match=r"leads to files\.example, which") as caught:
        uv_errors.raise_if_unreachable(FETCH.format(url="https://files.example/n.whl", host="files.example"), wanted)
    assert "--allow-host files.example" in caught.value.hint

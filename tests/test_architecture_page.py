"""docs/architecture.md names every package, names nothing that is not there, and can be read in one go."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
LONGEST = 160
"""Lines: a page that has to be searched is not read."""
PATH = re.compile(r"`((?:p2c|tests|docs|examples)/[\w./-]*|pyproject\.toml)`")
NAME = re.compile(r"`(p2c/[\w/]+\.py)` \(([^)]*)\)")


def missing(page: str) -> list[str]:
    return [path for path in PATH.findall(page) if not (ROOT / path).exists()]


def unnamed(page: str) -> list[str]:
    """Packages below p2c/ that a page does not name."""
    packages = {file.parent.relative_to(ROOT).as_posix() for file in (ROOT / "p2c").glob("*/**/__init__.py")}
    return sorted(package for package in packages if f"`{package}/`" not in page)


def strangers(page: str) -> list[str]:
    """Names in code letters, in the brackets behind a module, that do not stand in that module."""
    return [
        f"{name} in {path}"
        for path, told in NAME.findall(" ".join(page.split()))
        for name in re.findall(r"`(?:\w+\()?(\w+)[^`]*`", told)
        if "/" not in told and not re.search(rf"\b{name}\b", (ROOT / path).read_text(encoding="utf-8"))
    ]


def test_every_path_is_there() -> None:
    assert len(PATH.findall(PAGE)) > 80
    assert not missing(PAGE)


def test_every_package_is_named() -> None:
    assert not unnamed(PAGE)


def test_what_a_module_is_said_to_hold_is_in_it() -> None:
    assert len(NAME.findall(" ".join(PAGE.split()))) > 20
    assert not strangers(PAGE)


def test_it_is_short() -> None:
    assert len(PAGE.splitlines()) <= LONGEST


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_it_is_found(page: str) -> None:
    assert "(docs/architecture.md)" in (ROOT / page).read_text(encoding="utf-8")


def test_what_is_wrong_is_seen() -> None:
    assert missing("`p2c/gone.py` and `p2c/repo.py`") == ["p2c/gone.py"]
    assert "p2c/repair/guards" in unnamed(PAGE.replace("`p2c/repair/guards/`", ""))
    assert strangers("`p2c/repo.py` (`Repo`, `Nothing`)") == ["Nothing in p2c/repo.py"]

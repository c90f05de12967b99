"""What only the tests need: from requirement files and groups of pyproject.toml that are meant for them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from p2c.executor.requirements import poetry, pyproject
from p2c.executor.requirements.declared import RequirementLine, Requirements, located, read_file
from p2c.executor.requirements.distributions import canonical, distributions, third_party_imports
from p2c.repo import Repo

_NAMES = ("test", "tests", "testing", "dev", "develop", "development")
_FILE = re.compile(r"^(?:requirements/)?(?:requirements[-_.])?(?:tests?|testing|dev)(?:[-_]requirements)?\.txt$")


def with_test_needs(repo: Repo, wanted: Requirements) -> Requirements:
    """Return the requirements with those that only the tests import, and pytest's plugins.

    No more of a group is taken: what the program itself imports has to be among its own requirements.
    """
    uses = third_party_imports(repo).values()
    needed = {name for use in uses if use.test for name in (*distributions(use.name), canonical(use.name))}
    needed -= {name for use in uses if not use.test for name in (*distributions(use.name), canonical(use.name))}
    has_tests = any(use.test for use in uses)
    listed = {line.name for line in wanted.lines}
    more = [
        line
        for line in _lines(repo)
        if line.name not in listed and (line.name in needed or (has_tests and line.name.startswith("pytest-")))
    ]
    by_name = {line.name: line for line in reversed(more)}
    return Requirements(wanted.path, (*wanted.lines, *reversed(by_name.values())), wanted.python)


def extras(repo: Repo) -> dict[str, str]:
    """Return distribution -> the extra of pyproject.toml that installs it: what the program can do without."""
    groups = pyproject.table(repo, "project", "optional-dependencies").items()
    return {RequirementLine(item, "", 0).name: name for name, items in groups for item in pyproject.texts(items)}


def _lines(repo: Repo) -> Iterator[RequirementLine]:
    for path in sorted(path for path in repo.files if _FILE.match(path)):
        yield from read_file(repo, path)
    yield from located(repo, pyproject.PATH, list(_groups(repo)))


def _groups(repo: Repo) -> Iterator[str]:
    tables = (pyproject.table(repo, "project", "optional-dependencies"), pyproject.table(repo, "dependency-groups"))
    old = pyproject.table(repo, "tool", "poetry", "dev-dependencies")
    for name in _NAMES:
        for listed in tables:
            yield from pyproject.texts(listed.get(name))
        group = pyproject.table(repo, "tool", "poetry", "group", name, "dependencies")
        wanted = {**(old if name == "dev" else {}), **group}
        yield from (dependency.text for dependency in poetry.dependencies(wanted))
    yield from pyproject.texts(pyproject.table(repo, "tool", "uv").get("dev-dependencies"))

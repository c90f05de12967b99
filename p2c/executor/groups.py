"""What only the tests need: from requirement files and groups of pyproject.toml that are meant for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from p2c.executor.distributions import canonical, distributions, third_party_imports
from p2c.executor.requirements import Line, Requirements, located, poetry_line, pyproject, read_file
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
    found = {line.name: line for line in reversed(more)}
    return Requirements(wanted.path, (*wanted.lines, *reversed(found.values())), wanted.python)


def extras(repo: Repo) -> dict[str, str]:
    """Return distribution -> the extra of pyproject.toml that installs it: what the program can do without."""
    table = pyproject(repo).get("project", {}).get("optional-dependencies", {})
    groups = table.items() if isinstance(table, dict) else ()
    listed = [(name, item) for name, items in groups if isinstance(items, list) for item in items]
    return {Line(item, "", 0).name: name for name, item in listed if isinstance(item, str)}


def _lines(repo: Repo) -> Iterator[Line]:
    for path in sorted(path for path in repo.files if _FILE.match(path)):
        yield from read_file(repo, path, ())
    data = pyproject(repo)
    yield from located(repo, "pyproject.toml", list(_groups(data)))


def _groups(data: Mapping[str, Any]) -> Iterator[str]:
    tool = data.get("tool", {})
    tables = (data.get("project", {}).get("optional-dependencies"), data.get("dependency-groups"))
    for name in _NAMES:
        for table in tables:
            listed = table.get(name) if isinstance(table, dict) else None
            yield from (item for item in listed if isinstance(item, str)) if isinstance(listed, list) else ()
        poetry = tool.get("poetry", {})
        group = poetry.get("group", {}).get(name, {}).get("dependencies", {})
        old = poetry.get("dev-dependencies", {}) if name == "dev" else {}
        yield from filter(None, (poetry_line(key, value) for key, value in {**old, **group}.items() if key != "python"))
    uv = tool.get("uv", {}).get("dev-dependencies")
    yield from (item for item in uv if isinstance(item, str)) if isinstance(uv, list) else ()

"""What p2c reads of a repository and could not, with the reason: what is not looked at has to be said."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import accumulate

from p2c import python_source
from p2c.errors import InputError, UnreadableTextError
from p2c.executor import entry_points
from p2c.executor.report import Finding
from p2c.executor.requirements import conda, declared, poetry, pyproject
from p2c.executor.requirements.declared import Requirements
from p2c.repo import Repo
from p2c.untrusted_text import MAX_DEPTH, load_ini

MOST_YAML = 1_000_000
"""Characters of all YAML files of settings that are read; the largest are left out first."""
_MAY_BE_REFUSED = re.compile(r"\*|^ {40}|- - - -|\? \? |\d{1000}", re.MULTILINE)
"""What has aliases, or may be nested more than a hundred levels; a level takes a column at least, in pairs."""
Unread = tuple[str, str, int | None]
"""A path, why the file could not be read, and the line where one is told."""


def unread(repo: Repo) -> Iterator[Unread]:
    """Yield each file that something of p2c would have read."""
    for path in repo.python_files():
        if why := python_source.why_not_analysed(repo.files[path]):
            yield path, why, None
    for why, key in pyproject.wrong_types(repo):
        yield pyproject.PATH, why, line_of(key, repo.files[pyproject.PATH])
    for why in _poetry(repo):
        yield pyproject.PATH, why, line_of(why.partition(" ")[0], repo.files[pyproject.PATH])
    yield from _environment(repo)
    yield from _setup_cfg(repo)
    yield from _settings(repo)
    if not read_smoke(repo):
        yield from ((path, why, None) for path, why in entry_points.unsearched(repo))


def read_smoke(repo: Repo) -> bool:
    """Tell whether the run contract names commands, so that no README is searched for any."""
    try:
        return entry_points.written(repo).smoke != ()
    except InputError:
        return True  # told as such


def requirement_files(repo: Repo, wanted: Requirements) -> Iterator[Finding]:
    """Yield a finding that gates for each file of requirements that is named or meant, and not read."""
    for path in repo.assets:
        if declared.is_requirements(path):
            message = f"`{path}` is too large or no text, so what it requires is not installed"
            yield Finding("install", "RequirementsUnread", message, path, fix="write it anew, as text")
    for path in dict.fromkeys((wanted.path, *(line.path for line in wanted.lines))):
        for number, row in enumerate(repo.files.get(path, "").split("\n"), 1):
            named = _NAMED.match(row)
            other = posixpath.normpath(posixpath.join(posixpath.dirname(path), named[1])) if named else ""
            if other and other not in repo.files and other not in repo.assets:
                message = f"{path} names {named[1] if named else ''}, which is not there"
                yield Finding(
                    "install", "RequirementsUnread", message, path, number, fix="add the file, or take the line out"
                )


_NAMED = re.compile(r"\s*(?:-r|--requirement)[\s=]+(\S+)")


def settings_files(repo: Repo) -> list[tuple[str, str]]:
    """Return path and text of the YAML files that are looked at: those of a repository whose code reads YAML."""
    if not any(item.top == "yaml" for path in repo.python_files() for item in python_source.imports(repo.files[path])):
        return []
    texts = [(path, text) for path, text in repo.files.items() if path.endswith((".yaml", ".yml"))]
    sizes = accumulate(len(text) for _, text in sorted(texts, key=lambda file: len(file[1])))
    count = sum(size <= MOST_YAML for size in sizes)
    return sorted(texts, key=lambda file: len(file[1]))[:count]


def line_of(key: str, text: str) -> int:
    """Return the line of a TOML text that begins with a key, or is its table's header; 1 where none does."""
    pattern = re.compile(rf"\s*(?:\[[^\]]*)?[\"']?{re.escape(key[:200])}\b")
    return next((number for number, row in enumerate(text.split("\n"), 1) if pattern.match(row)), 1)


def _poetry(repo: Repo) -> Iterator[str]:
    """Yield what of Poetry's constraints is not understood, in the file's own words."""
    for dependency in poetry.dependencies(pyproject.table(repo, "tool", "poetry", "dependencies")):
        if dependency.unread:
            yield dependency.unread


def _environment(repo: Repo) -> Iterator[Unread]:
    path = conda.environment_file(repo)
    if not path:
        return
    try:
        conda.items(repo, path)
    except UnreadableTextError as error:
        yield path, error.message, error.line


def _setup_cfg(repo: Repo) -> Iterator[Unread]:
    try:
        load_ini(repo.files.get("setup.cfg", ""))
    except UnreadableTextError as error:
        yield "setup.cfg", error.message, error.line


def _settings(repo: Repo) -> Iterator[Unread]:
    from p2c.untrusted_yaml import MAX_CHARACTERS, refusal

    looked_at = settings_files(repo)
    for path, text in looked_at:
        nested = text.count("[") + text.count("{") > MAX_DEPTH
        if nested or len(text) > MAX_CHARACTERS or _MAY_BE_REFUSED.search(text):
            fault = refusal(text)
            yield from [(path, fault.message, fault.line)] if fault else []
    if looked_at:
        every = [path for path in (*repo.files, *repo.assets) if path.endswith((".yaml", ".yml"))]
        why = f"it is left out: all YAML files together have more than {MOST_YAML:,} characters"
        yield from ((path, why, None) for path in every if path not in dict(looked_at))

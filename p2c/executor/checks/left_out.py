"""What lies in the folder but was not read: told where code could need it, and where a run missed it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace

from p2c import python_source
from p2c.executor.report import Finding
from p2c.repo import LINK, LINK_OUT, MAX_SOURCE, SPECIAL, Repo

_NOT_THERE = re.compile(
    r"FileNotFound|No such file|[Nn]ot found|[Dd]oes not exist|[Uu]nable to open|[Cc]annot open|[Cc]an't open|errno = 2"
)
_MODULE = re.compile(r"No module named '([\w.]+)'|^'(\w+)' is imported, and no requirement provides it")
_NAME = re.compile(r"[^\s'\"`()<>,;]+")
_FEWEST = 3
"""Characters: shorter words of a message are not taken for a file's name."""
MOST = 5


def unread(repo: Repo) -> Iterator[Finding]:
    """Yield advice about links that are not followed and files that are no files: code could need them."""
    unfollowed = [(path, why) for path, why in repo.left_out.items() if why in (LINK, LINK_OUT, SPECIAL)]
    for path, why in unfollowed[:MOST]:
        more = (
            f" (and {len(unfollowed) - MOST} more like it)"
            if len(unfollowed) > MOST and path == unfollowed[MOST - 1][0]
            else ""
        )
        message = f"`{path}` {why}, so it is not read: no check sees it, and no run finds it{more}"
        fix = "put the file itself there, or a link to a file of the repository"
        yield Finding("lint", "NotRead", message, path, gates=False, fix=fix)


def uncompiled(repo: Repo) -> Iterator[Finding]:
    """Yield a finding that gates for each Python file that is not read: nothing can be said of what is in it."""
    for path in repo.unread_python():
        message = f"`{path}` is larger than {MAX_SOURCE:,} bytes, so it is not compiled, linted or imported"
        yield Finding("compile", "NotCompiled", message, path, fix=_SMALLER)


def unanalysed(repo: Repo, broken: frozenset[str]) -> Iterator[Finding]:
    """Yield advice about files that compile, and that p2c's own Python cannot read or ruff is told not to look at."""
    for path in repo.python_files():
        text = repo.files[path]
        if path not in broken and python_source.parse(text) is None and not python_source.why_not_analysed(text):
            version = ".".join(map(str, sys.version_info[:2]))
            what = f"{path} is no Python {version}, which p2c runs under: its own rules say nothing about the file"
            yield Finding(
                "lint", "P2C008", what, path, 1, gates=False, fix=f"run p2c under a newer Python than {version}"
            )
        marker = _NOT_LINTED.search(text)
        if marker:
            what = f"`{marker[0].strip()}` takes the whole file out of lint"
            line = text.count("\n", 0, marker.start()) + 1
            yield Finding(
                "lint", "NotLinted", what, path, line, gates=False, fix="name the rules and lines that are meant"
            )


_NOT_LINTED = re.compile(r"^[ \t]*#[ \t]*(?:ruff|flake8)[ \t]*:[ \t]*noqa[ \t]*$", re.MULTILINE | re.IGNORECASE)
_SMALLER = "split it, keep its data in a data file, or take it out of what is checked ([check] exclude in p2c.toml)"


def with_hint(finding: Finding, repo: Repo) -> Finding:
    """Return the finding with a cure, where a file that it misses was left out."""
    advice = hint(finding, repo)
    if not advice:
        return finding
    return replace(finding, fix=f"{advice}. Or: {finding.fix}" if finding.fix else advice)


def hint(finding: Finding, repo: Repo) -> str:
    """Return why a file that a finding misses was left out and what a person can do; '' where that is not it."""
    if not repo.left_out:
        return ""
    path = _missed(finding, repo)
    if not path:
        return ""
    why = repo.left_out.get(path) or next(why for name, why in repo.left_out.items() if name.startswith(path))
    cure = "put the file itself there" if why in (LINK, LINK_OUT, SPECIAL) else "name it in p2c.toml, [run] include"
    return f"`{path}` {why}, so it is not part of the repository that is checked; {cure}"


def _missed(finding: Finding, repo: Repo) -> str:
    """The path that was left out, or the folder with a slash, that the finding's message is about."""
    module = _MODULE.search(finding.message)
    if module:
        name = (module[1] or module[2]).replace(".", "/")
        forms = (f"{name}.py", f"{name}/__init__.py")
        return next((path for path in repo.left_out if any(_is_same(path, form) for form in forms)), "")
    if not _NOT_THERE.search(f"{finding.rule}: {finding.message}"):
        return ""
    for word in _NAME.findall(finding.message):
        word = word.removeprefix("./").rstrip("/.:")
        if len(word) >= _FEWEST:
            for path in repo.left_out:
                if _is_same(path, word):
                    return path
                if path.startswith(f"{word}/"):
                    return f"{word}/"
    return ""


def _is_same(path: str, name: str) -> bool:
    """A program may name a file from another folder than the root."""
    return path == name or path.endswith(f"/{name}") or name.endswith(f"/{path}")

"""Which file of a repository uses which: as planned, or as its imports say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from p2c import python_source
from p2c.executor.module_layout import roots, starts
from p2c.repo import Repo

Uses = Mapping[str, tuple[str, ...]]
"""File -> the files that it uses, each in the order in which they were named."""


def uses_of_plan(plan: Mapping[str, Any]) -> Uses:
    """Return what each planned file uses of the others."""
    paths = {str(item["path"]) for item in plan["files"]}
    return {
        item["path"]: tuple(path for path in dict.fromkeys(item["uses"]) if path in paths and path != item["path"])
        for item in plan["files"]
    }


def uses_of_repo(repo: Repo) -> Uses:
    """Return what each Python file imports of the others; what can't be parsed imports nothing."""
    folders = roots(repo, starts(repo))
    uses: dict[str, tuple[str, ...]] = {}
    for path in repo.python_files():
        used = (_file(repo, module, path, folders) for module in _imported(repo.files[path], path))
        uses[path] = tuple(dict.fromkeys(other for other in used if other and other != path))
    return uses


def _imported(text: str, path: str) -> Iterator[tuple[str, ...]]:
    """Yield what is imported as module paths, the longest reading first: `from a.b import c` may mean `a/b/c.py`."""
    for item in python_source.imports(text):
        here = PurePosixPath(path).parts[:-1]
        base = here[: len(here) - item.level + 1] if item.level else ()
        stem = "/".join((*base, *(item.name or "").split("."))).strip("/")
        before = "./" if item.level else ""
        for name in item.names or ("",):
            yield tuple(f"{before}{way}" for way in (f"{stem}/{name}" if name else "", stem) if way.strip("/"))


def _file(repo: Repo, ways: tuple[str, ...], path: str, folders: tuple[str, ...]) -> str:
    own = str(PurePosixPath(path).parent)
    for way in ways:
        relative = way.startswith("./")
        starts_at = ("",) if relative else tuple(dict.fromkeys(("" if own == "." else own, *folders)))
        for folder in starts_at:
            stem = f"{folder}/{way.removeprefix('./')}".strip("/")
            for candidate in (f"{stem}.py", f"{stem}/__init__.py"):
                if candidate in repo.files:
                    return candidate
    return ""

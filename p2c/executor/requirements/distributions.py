"""Which distribution provides which import; a name that is in no table is never guessed."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from p2c import python_source
from p2c.executor import module_layout
from p2c.repo import Repo

STDLIB = sys.stdlib_module_names | {"distutils", "imp", "asyncore", "asynchat", "smtpd", "__future__"}
"""Names of the standard library, with those that were removed lately: no distribution is to be asked for them."""


@dataclass(frozen=True)
class FirstImport:
    """Where a third-party module is first imported; `optional` where the program can do without it everywhere."""

    name: str
    path: str
    line: int
    optional: bool = False
    test: bool = False


def canonical(name: str) -> str:
    """Return a distribution's name in its one normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def table() -> Mapping[str, tuple[str, ...]]:
    """Return import name -> distributions that provide it, the usual one first; an empty tuple: none on an index."""
    data = json.loads(files(__package__).joinpath("distributions.json").read_text(encoding="utf-8"))
    return {name: tuple(providers) for name, providers in data.items()}


def distributions(name: str) -> tuple[str, ...]:
    """Return what provides a dotted import name, the usual one first; () where no table knows."""
    known = table()
    parts = name.split(".")
    for size in range(len(parts), 0, -1):
        providers = known.get(".".join(parts[:size]))
        if providers is not None:
            return providers
    return ()


def is_known(name: str) -> bool:
    """Tell whether the table has a distribution for this import name."""
    return bool(distributions(name))


def right_name(requirement: str) -> str:
    """Return the distribution that is meant where a requirement is an import's name (`cv2`, `sklearn`), else ''."""
    wanted = canonical(requirement)
    for name, providers in table().items():
        if canonical(name) == wanted and providers and wanted not in providers:
            return providers[0]
    return ""


def is_stdlib(name: str) -> bool:
    """Tell whether an import name is the standard library's."""
    return name.partition(".")[0] in STDLIB


def third_party_imports(repo: Repo) -> dict[str, FirstImport]:
    """Return what the repository imports that is neither its own nor the standard library's, by name.

    The name is the one the table knows (`google.protobuf`), else the first part. Names in no table that the
    repository has somewhere as a file or folder are its own, wrongly laid out, and left out, like relative imports.
    """
    top, anywhere = module_layout.top_names(repo), module_layout.local_names(repo)
    imports: dict[str, FirstImport] = {}
    builds = module_layout.build_files(repo)
    for path in repo.python_files():
        if path in builds:
            continue  # what builds a package brings its own
        for item in python_source.imports(repo.files[path]):
            if item.level or not item.top or is_stdlib(item.top) or item.top in top:
                continue
            name = _known_name(item)
            if name == item.top and name in anywhere and name not in table():
                continue
            use = FirstImport(name, path, item.line, item.optional, module_layout.is_test(path))
            imports[name] = _first(imports.get(name), use)
    return dict(sorted(imports.items()))


def _known_name(item: python_source.Import) -> str:
    for full in (*(f"{item.name}.{name}" for name in item.names), item.name):
        parts = full.split(".")
        for size in range(len(parts), 1, -1):
            if ".".join(parts[:size]) in table():
                return ".".join(parts[:size])
    return item.top


def _first(before: FirstImport | None, use: FirstImport) -> FirstImport:
    if before is None:
        return use
    worse = (before.test, before.optional) > (use.test, use.optional)
    return use if worse else before

"""Cures folders that are meant as packages and lack their `__init__.py`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import top_level_names
from p2c.repair.fixers.imports.module_index import base_folder, missing_modules, module_file
from p2c.repair.fixers.text_edits import finding_text, offer
from p2c.repair.patch import Patch
from p2c.repo import Repo

_UNKNOWN_PLACE = re.compile(r"cannot import name '\w+' from '([\w.]+)' \(unknown location\)")


def fix(case: Case) -> Patch | None:
    """Add the `__init__.py` of folders that findings could not import from; it offers the names that are wanted."""
    base = base_folder(case)
    changes: dict[str, str | None] = {}
    for dotted in sorted(_folders_wanted(case)):
        path = module_file(case.repo, base, dotted)
        if path and path.endswith("/__init__.py") and path not in case.repo.files:
            text = _exports(case.repo, path, dotted)
            if text is None:
                return None
            changes[path] = text
    return offer(case, "packages", f"Make packages of folders: {', '.join(sorted(changes))}", changes)


def _folders_wanted(case: Case) -> Iterator[str]:
    """Yield the dotted names of folders that a finding took something from in vain."""
    for finding in case.report.findings:
        yield from _UNKNOWN_PLACE.findall(finding_text(finding))
    base = base_folder(case)
    for module in missing_modules(case.report):
        parts = module.split(".")
        if module_file(case.repo, base, module):
            yield from (".".join(parts[:size]) for size in range(1, len(parts) + 1))


def _exports(repo: Repo, init: str, dotted: str) -> str | None:
    """Return the text that gives what the repository imports from the folder; None where a name is not clear."""
    folder = init.removesuffix("__init__.py")
    inside = {
        path: tree for path in repo.python_files() if path.startswith(folder) and (tree := parse(repo.files[path]))
    }
    lines = []
    for name in sorted(_names_wanted(repo, dotted)):
        if module_file(repo, folder.rstrip("/"), name):
            continue
        where = [path for path, tree in inside.items() if name in _defined(tree)]
        if len(where) != 1:
            return None
        module = where[0][len(folder) :].removesuffix(".py").replace("/", ".")
        lines.append(f"from .{module} import {name}\n")
    return "".join(lines)


def _names_wanted(repo: Repo, dotted: str) -> set[str]:
    trees = (tree for path in repo.python_files() if (tree := parse(repo.files[path])))
    return {
        alias.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == dotted and not node.level
        for alias in node.names
        if alias.name != "*"
    }


def _defined(tree: ast.Module) -> set[str]:
    """Names that a module defines itself, and does not import from elsewhere."""
    imported = {
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    return top_level_names(tree) - imported

"""Cures imports of own modules that do not match the layout: `src.model`, `.model` without a package."""

from __future__ import annotations

import ast
import re
from pathlib import PurePosixPath

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imports.module_index import base_folder, dotted_of, missing_modules, module_file, offers
from p2c.repair.fixers.text_edits import Edit, Text, edited, finding_text, from_module, offer
from p2c.repair.patch import Patch
from p2c.repo import Repo

_RELATIVE = re.compile(r"attempted relative import (?:with no known parent package|beyond top-level package)")


def fix(case: Case) -> Patch | None:
    """Spell the imports that findings miss the way that the layout has them, in all files at once."""
    missing = {name.partition(".")[0] for name in missing_modules(case.report)}
    relative = any(_RELATIVE.search(finding_text(finding)) for finding in case.report.findings)
    if not missing and not relative:
        return None
    base = base_folder(case)
    changes = {}
    for path in case.repo.python_files():
        text = case.repo.files[path]
        tree = parse(text)
        if tree is not None:
            place = Text(text)
            edits = [e for node in ast.walk(tree) if (e := _edit(node, path, place, _Layout(case.repo, base, missing)))]
            changes[path] = edited(text, edits)
    return offer(case, "import-paths", "Import the repository's own modules from where they lie", changes)


class _Layout:
    """Where modules are, and which top-level names could not be imported."""

    def __init__(self, repo: Repo, base: str, missing: set[str]) -> None:
        self.repo = repo
        self.base = base
        self.missing = missing

    def respelled(self, dotted: str) -> str | None:
        """Return the name that the module of this name really has, if there is exactly one that it can be."""
        if dotted.partition(".")[0] not in self.missing or module_file(self.repo, self.base, dotted):
            return None
        parts = dotted.split(".")
        for start in range(1, len(parts)):
            tail = ".".join(parts[start:])
            if module_file(self.repo, self.base, tail):
                return tail
        names = {dotted_of(path, self.base) for path in self.repo.python_files()}
        longer = [name for name in names if name and name.endswith(f".{dotted}")]
        return longer[0] if len(longer) == 1 else None


def _edit(node: ast.AST, path: str, place: Text, layout: _Layout) -> Edit | None:
    if isinstance(node, ast.Import):
        return _edit_import(node, place, layout)
    if isinstance(node, ast.ImportFrom):
        return _edit_relative(node, path, place, layout) if node.level else _edit_absolute(node, place, layout)
    return None


def _edit_import(node: ast.Import, place: Text, layout: _Layout) -> Edit | None:
    """`import src.model as m`; without `as` the uses would have to change too, so that stays."""
    if len(node.names) != 1 or not node.names[0].asname:
        return None
    new = layout.respelled(node.names[0].name)
    return Edit(*place.span(node), f"import {new} as {node.names[0].asname}") if new else None


def _edit_absolute(node: ast.ImportFrom, place: Text, layout: _Layout) -> Edit | None:
    module = str(node.module)
    new = layout.respelled(module)
    if new:
        names = {alias.name for alias in node.names}
        target = module_file(layout.repo, layout.base, new)
        return from_module(node, place, new) if target and offers(layout.repo, target, names) else None
    moved = [layout.respelled(f"{module}.{alias.name}") for alias in node.names]
    return _from_nowhere(node, place, [name for name in moved if name])


def _from_nowhere(node: ast.ImportFrom, place: Text, moved: list[str]) -> Edit | None:
    """`from src import model, data` where the modules lie elsewhere, all together."""
    parents = {name.rpartition(".")[0] for name in moved}
    if len(moved) != len(node.names) or len(parents) != 1:
        return None
    named = [alias.name + (f" as {alias.asname}" if alias.asname else "") for alias in node.names]
    parent = parents.pop()
    line = f"from {parent} import {', '.join(named)}" if parent else f"import {', '.join(named)}"
    return Edit(*place.span(node), line)


def _edit_relative(node: ast.ImportFrom, path: str, place: Text, layout: _Layout) -> Edit | None:
    """A relative import whose dots end at the folder that imports start from has no package to be relative to."""
    folder = PurePosixPath(path).parent.as_posix()
    parts = [] if folder == "." else folder.split("/")
    anchor = "/".join(parts[: max(0, len(parts) - node.level + 1)])
    beyond = node.level - 1 > len(parts)
    if anchor != layout.base and not beyond:
        return None
    names = {alias.name for alias in node.names}
    if node.module:
        target = module_file(layout.repo, layout.base, node.module)
        return from_module(node, place, node.module) if target and offers(layout.repo, target, names) else None
    if all(module_file(layout.repo, layout.base, name) for name in names):
        return _from_nowhere(node, place, sorted(names)) if len(names) == len(node.names) else None
    return None

"""Modules of the repository's own packages that were moved: imported from where the one of that name lies now."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imports.module_index import base_folder, dotted_of, missing_modules, module_file, offers
from p2c.repair.fixers.text_edits import Edit, Text, edited, from_module, offer
from p2c.repair.patch import Patch
from p2c.repo import Repo


def fix(case: Case) -> Patch | None:
    """Point each import of a missing submodule at the only module of its name that has what is imported."""
    base, changes = base_folder(case), {}
    missing = {name for name in missing_modules(case.report) if "." in name and _is_own(case.repo, base, name)}
    for path in case.repo.python_files() if missing else ():
        tree, place = parse(case.repo.files[path]), Text(case.repo.files[path])
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)] if tree is not None else []
        edits = [edit for node in nodes if (edit := _edit(node, place, case.repo, base, missing))]
        changes[path] = edited(place.text, edits)
    return offer(case, "moved-modules", "Import moved modules from where they lie now", changes)


def _is_own(repo: Repo, base: str, dotted: str) -> bool:
    return module_file(repo, base, dotted.partition(".")[0]) is not None


def _edit(node: ast.ImportFrom, place: Text, repo: Repo, base: str, missing: set[str]) -> Edit | None:
    module = node.module or ""
    if node.level or not any(module == name or module.startswith(f"{name}.") for name in missing):
        return None
    last, names = module.rpartition(".")[2], {alias.name for alias in node.names}
    candidates = [path for path in repo.python_files() if _stem(path) == last and offers(repo, path, names)]
    dotted = dotted_of(candidates[0], base) if len(candidates) == 1 else None
    return from_module(node, place, dotted) if dotted and "*" not in names else None


def _stem(path: str) -> str:
    place = PurePosixPath(path)
    return place.parent.name if place.name == "__init__.py" else place.stem

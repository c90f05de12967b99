"""Cures circular imports where an import that only functions need can move into them."""

from __future__ import annotations

import ast
import re

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import dotted_uses, imported_names
from p2c.repair.fixers.imports.deferred_imports import deferred
from p2c.repair.fixers.imports.module_index import base_folder, dotted_of, imported_files
from p2c.repair.fixers.text_edits import finding_text, offer, own_frames
from p2c.repair.patch import Patch
from p2c.repo import Repo

_CIRCULAR = re.compile(r"partially initialized module '[\w.]+'|most likely due to a circular import")


def fix(case: Case) -> Patch | None:
    """Break the first circle at its last import that can be moved: the one that failed, else the one before it."""
    for finding in case.report.gating:
        if not _CIRCULAR.search(finding_text(finding)):
            continue
        for frame in own_frames(finding):
            changed = _broken_at(case, frame.path, frame.line)
            if changed is not None:
                reason = f"Import what leads back to {frame.path} in the functions of it that use it"
                return offer(case, "circular-imports", reason, {frame.path: changed})
    return None


def _broken_at(case: Case, path: str, line: int) -> str | None:
    """Return the file with this import, and all others of the same module, moved into functions; None if it can't."""
    text, base = case.repo.files.get(path, ""), base_folder(case)
    tree = parse(text)
    if tree is None or path.endswith("__init__.py"):
        return None
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    failed = [node for node in imports if node.lineno <= line <= (node.end_lineno or line)]
    if len(failed) != 1:
        return None
    targets = imported_files(failed[0], path, case.repo, base)
    if not any(_leads_to(case.repo, target, path, base) for target in targets):
        return None
    moved = [node for node in imports if targets & imported_files(node, path, case.repo, base)]
    names = {alias.asname or alias.name.partition(".")[0] for node in moved for alias in node.names}
    if names & _taken_elsewhere(case.repo, path, base):
        return None
    return deferred(text, tree, moved)


def _leads_to(repo: Repo, start: str, goal: str, base: str) -> bool:
    """Importing the one file imports the other, over however many steps."""
    seen, waiting = set[str](), [start]
    while waiting:
        path = waiting.pop()
        if path == goal:
            return True
        tree = parse(repo.files.get(path, ""))
        if path in seen or tree is None:
            continue
        seen.add(path)
        for node in tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                waiting += imported_files(node, path, repo, base)
    return False


def _taken_elsewhere(repo: Repo, path: str, base: str) -> set[str]:
    """Return the names that other files take from this one; `*` takes all that it has."""
    dotted, names = dotted_of(path, base) or "", set[str]()
    for other in repo.python_files():
        tree = parse(repo.files[other])
        if tree is None or other == path:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and path in imported_files(node, other, repo, base):
                names |= {alias.name for alias in node.names}
        uses = (full for _, full in dotted_uses(tree, imported_names(tree)))
        names |= {full.removeprefix(f"{dotted}.").partition(".")[0] for full in uses if full.startswith(f"{dotted}.")}
    return names

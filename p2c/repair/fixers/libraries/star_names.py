"""Names that `from library import *` brought until the library removed them: imported as what they are called today."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import assigned_names, imported_names
from p2c.repair.fixers.libraries.changes import LibraryChange, changes
from p2c.repair.fixers.text_edits import Edit, Text, calls_on, edited, finding_text, offer, own_frames
from p2c.repair.patch import Patch

_UNDEFINED = re.compile(r"[Nn]ame '(\w+)' is not defined")
_ALSO = {"pylab": "numpy", "matplotlib.pylab": "numpy"}
"""Modules whose star brings another module's names too."""


_NO_AXIS = re.compile(
    r"object cannot be interpreted as an integer|is out of bounds for array of dimension|integer scalar arrays"
)
_SHADOWED = ("abs", "max", "min", "round")
"""Functions of Python's that numpy's star left alone before numpy 2; its own take an axis where these take a number."""


def fix(case: Case) -> Patch | None:
    """Import, behind the star, what findings miss of it and all else of it that the file uses and that is gone."""
    missed: dict[str, set[str]] = {}
    for finding in case.report.gating:
        path = next((frame.path for frame in own_frames(finding)), finding.path or "")
        missed.setdefault(path, set()).update(_UNDEFINED.findall(finding_text(finding)[:2_000]))
    texts = {path: _with_names(case.repo.files[path], names) for path, names in missed.items() if names & _KNOWN}
    names = ", ".join(sorted(set().union(*missed.values()) & _KNOWN)) if texts else ""
    return offer(case, "star-names", f"Import what a star no longer brings: {names}", texts)


def builtins_again(case: Case) -> Patch | None:
    """Take Python's own `max` and its kind where a failing call of one shows that a star of numpy's has hidden them."""
    for finding in case.report.gating:
        frames = own_frames(finding) if _NO_AXIS.search(finding_text(finding)[:2_000]) else []
        text = case.repo.files.get(frames[0].path, "") if frames else ""
        tree = parse(text)
        if not frames or tree is None or not any(_name(call) in _SHADOWED for call in calls_on(tree, frames[0].line)):
            continue
        stars = [node for node in tree.body if isinstance(node, ast.ImportFrom) and _is_star(node)]
        bound = assigned_names(tree) | set(imported_names(tree))
        names = sorted({_name(node) for node in ast.walk(tree)} & set(_SHADOWED) - bound)
        if names and any(_ALSO.get(str(node.module), node.module) == "numpy" for node in stars):
            place = Text(text)
            end = place.span(stars[-1])[1]
            added = Edit(end, end, f"{place.newline}from builtins import {', '.join(names)}")
            reason = f"Take Python's own {', '.join(names)}, which a star of numpy hides now"
            return offer(case, "star-names", reason, {frames[0].path: edited(text, [added])})
    return None


def _name(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _rows() -> Iterator[LibraryChange]:
    return (row for row in changes("name") if row.old.count(".") == 1 and row.new and not row.new.startswith("-"))


_KNOWN = frozenset(row.old.partition(".")[2] for row in _rows())


def _with_names(text: str, missed: set[str]) -> str:
    tree = parse(text)
    if tree is None:
        return text
    stars = [node for node in tree.body if isinstance(node, ast.ImportFrom) and _is_star(node)]
    modules = {_ALSO.get(str(node.module), str(node.module)): node for node in stars}
    bound = assigned_names(tree) | set(imported_names(tree))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - bound
    gone = {row.old.partition(".")[2]: row for row in _rows() if row.library in modules}
    hit = sorted(name for name in used & set(gone) if name in missed or _goes_along(gone[name]))
    if not missed & set(hit):
        return text
    place = Text(text)
    edits = []
    for name in hit:
        end = place.span(modules[gone[name].library])[1]
        edits.append(Edit(end, end, f"{place.newline}{_import(name, gone[name].new)}"))
    return edited(text, edits)


def _goes_along(row: LibraryChange) -> bool:
    """Every release has the successor, and without its module the name is no builtin's, which is there anyway."""
    return not row.new_since and row.scope == "all" and not row.new.startswith("builtins.")


def _is_star(node: ast.ImportFrom) -> bool:
    return not node.level and any(alias.name == "*" for alias in node.names)


def _import(name: str, new: str) -> str:
    module, _, last = new.rpartition(".")
    if module == "builtins":
        return f"{name} = {last}"
    as_name = "" if last == name else f" as {name}"
    return f"from {module} import {last}{as_name}" if module else f"import {last}{as_name}"

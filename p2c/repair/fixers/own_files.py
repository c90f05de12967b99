"""Which files a repository's own code writes, by what stands for their paths in it."""

from __future__ import annotations

import ast

from p2c.executor.module_layout import is_test
from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import dotted_name, imported_names

_OPENERS = frozenset({"open", "join", "Path", "str", "exists", "isfile"})


def saved(case: Case, functions: dict[str, tuple[int, str]]) -> set[str]:
    """Return the marks of the places to which the repository's code saves.

    `functions` has the place and the keyword of the path argument of each function that saves.
    """
    saved_marks: set[str] = set()
    for path in case.repo.python_files():
        tree = None if is_test(path) else parse(case.repo.files[path])
        bound = imported_names(tree) if tree else {}
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Call) and (name := dotted_name(node.func, bound)) in functions:
                at, word = functions[name]
                places = [*node.args[at : at + 1], *(keyword.value for keyword in node.keywords if keyword.arg == word)]
                saved_marks |= {mark for place in places for mark in marks(place)}
    return saved_marks


def marks(place: ast.expr) -> set[str]:
    """Return the last name, attribute or text of a path's expression: `self.best`, `args.checkpoint`, `"model.pt"`."""
    if isinstance(place, ast.Constant) and isinstance(place.value, str):
        return {place.value.rpartition("/")[2]}
    if isinstance(place, ast.Name):
        return {place.id}
    if isinstance(place, ast.Attribute):
        return {place.attr}
    if isinstance(place, ast.BinOp):
        return marks(place.right)
    if isinstance(place, ast.JoinedStr):
        return {ast.unparse(place)}
    if isinstance(place, ast.Subscript):
        return marks(place.slice)
    if isinstance(place, ast.Call) and place.args and _name(place) in _OPENERS:
        return marks(place.args[0] if _name(place) == "open" else place.args[-1])
    return set()


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")

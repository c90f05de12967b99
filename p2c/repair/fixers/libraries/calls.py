"""Rows of kind `call`: every call of a function in a file is written otherwise, with its imports, or none is."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from p2c.python_source import parse
from p2c.repair.fixers.imported_names import assigned_names, dotted_name, imported_names
from p2c.repair.fixers.libraries.changes import LibraryChange
from p2c.repair.fixers.libraries.dotted_names import spelled
from p2c.repair.fixers.libraries.special_calls import SPECIAL_CALLS
from p2c.repair.fixers.libraries.templates import written
from p2c.repair.fixers.text_edits import Edit, Text, edited, with_imports

_ROUNDS = 12
"""Passes over a file: a rewritten call may hold another one; code does not nest them deeper."""


def without_calls(text: str, wanted: Mapping[str, LibraryChange]) -> str:
    """Return the text with the calls of these dotted names rewritten; a function used otherwise than called stays."""
    once = {dotted for dotted, row in wanted.items() if row.new == dotted}
    for _ in range(_ROUNDS):
        tree = parse(text)
        change = next(_changed(text, tree, wanted), None) if tree is not None else None
        if change is None:
            return text
        text, dotted = change
        # What keeps its name would be rewritten in every round.
        wanted = {name: row for name, row in wanted.items() if name != dotted or name not in once}
    return text


def _changed(text: str, tree: ast.Module, wanted: Mapping[str, LibraryChange]) -> Iterator[tuple[str, str]]:
    """Yield the text without the calls of one function, and its name, for each that can be rewritten everywhere."""
    bound, place = imported_names(tree), Text(text)
    called = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    uses: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            dotted = dotted_name(node, bound)
            if dotted in wanted:
                uses.setdefault(dotted, []).append(node)
    for dotted, nodes in uses.items():
        calls = [called[id(node)] for node in nodes if id(node) in called]
        # Of calls in one another the inner ones come first; the outer ones have their turn in the next round.
        inner = [call for call in calls if not any(other is not call and _holds(call, other) for other in calls)]
        changed = _without(place, tree, inner, wanted[dotted]) if len(calls) == len(nodes) else None
        if changed is not None and changed != text:
            yield changed, dotted


def _holds(outer: ast.AST, part: ast.AST) -> bool:
    return any(node is part for node in ast.walk(outer))


def _without(place: Text, tree: ast.Module, calls: list[ast.Call], row: LibraryChange) -> str | None:
    bound, taken, imports = imported_names(tree), assigned_names(tree), list[str]()
    by_name = any(isinstance(call.func, ast.Name) for call in calls)
    name = row.new
    if name and by_name:
        module, _, last = name.rpartition(".")
        if last in taken or bound.get(last, name) not in (name, row.old):
            return None
        imports.append(f"from {module} import {last}")
        name = last
    elif name:
        name = spelled(name, bound, taken, imports)
        if not name:
            return None
    edits = []
    for call in calls:
        new = SPECIAL_CALLS[row.code](row, name, call, place) if row.code else written(row, name, call, place)
        if new is None:
            return None
        edits.append(Edit(*place.span(call), new))
    if by_name and len(edits) == len([n for n in ast.walk(tree) if isinstance(n, ast.Call) and _is(n, row.old, bound)]):
        edits += _unimported(tree, place, row.old, "".join(imports))
    changed = edited(place.text, edits)
    return with_imports(changed, [line for line in imports if line not in changed.split("\n")])


def _is(call: ast.Call, dotted: str, bound: dict[str, str]) -> bool:
    return dotted_name(call.func, bound) == dotted


def _unimported(tree: ast.Module, place: Text, dotted: str, instead: str) -> Iterator[Edit]:
    """Take a name out of the imports that bring it; left alone, its successor takes the place."""
    module, _, name = dotted.rpartition(".")
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.module != module or node.level:
            continue
        left = [f"{a.name} as {a.asname}" if a.asname else a.name for a in node.names if a.name != name]
        start, end = place.span(node)
        if left and len(left) < len(node.names):
            yield Edit(start, end, f"from {module} import {', '.join(left)}")
        elif not left and instead:
            yield Edit(start, end, instead)
        elif not left:
            at_end = place.text[end : end + len(place.newline)] == place.newline
            alone = node.col_offset == 0 and at_end
            yield Edit(start, end + len(place.newline), "") if alone else Edit(start, end, "pass")

"""Rows of kind `method` and `attribute`: what objects no longer have is written as what they have today."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Iterator

from p2c.python_source import parse
from p2c.repair.fixers.imported_names import assigned_names, dotted_name, imported_names
from p2c.repair.fixers.libraries.changes import LibraryChange, Missed
from p2c.repair.fixers.libraries.dotted_names import spelled
from p2c.repair.fixers.libraries.templates import atom, inside, written
from p2c.repair.fixers.text_edits import Edit, Text, edited, with_imports

_TAKERS = frozenset({"len", "list", "set", "tuple", "sorted", "iter", "enumerate"})


def with_members(text: str, rows: Collection[LibraryChange], lines: Collection[Missed]) -> str:
    """Return the text with the members of these rows written anew where the file imports their library, and those
    that a finding missed on their line whatever it imports.
    """
    tree = parse(text)
    if tree is None:
        return text
    bound, taken, imports = imported_names(tree), assigned_names(tree), list[str]()
    loaded = {dotted.partition(".")[0] for dotted in bound.values()}
    wide = [row for row in rows if row.root in loaded and row.scope != "line"]
    place, edits = Text(text), list[Edit]()
    for node, owner, row in _places(tree, wide, lines):
        function = row.new if "." in row.new else ""
        new = spelled(function, bound, taken, imports)
        text_of_it = _written(row, new, (node, owner), place) if new or not function else None
        if text_of_it is not None:
            edits.append(Edit(*place.span(node), text_of_it))
    return with_imports(edited(text, edits), imports) if edits else text


def _places(
    tree: ast.Module, wide: Collection[LibraryChange], lines: Collection[Missed]
) -> Iterator[tuple[ast.expr, ast.Attribute, LibraryChange]]:
    """Yield the calls and attributes that are written anew, none inside of another."""
    inside_of: set[int] = set()
    bound = imported_names(tree)
    indexed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Subscript)}
    keyed = {id(part) for node in ast.walk(tree) for part in _used_as_keys(node)}
    for node in ast.walk(tree):
        owner = node.func if isinstance(node, ast.Call) else node
        if not isinstance(owner, ast.Attribute) or not isinstance(node, ast.expr):
            continue
        if id(node) in inside_of or _is_module(owner.value, bound):
            continue
        kind = "method" if isinstance(node, ast.Call) else "attribute"
        here = [row for row, line in lines if node.lineno <= line <= (node.end_lineno or line)]
        known = [row for row in wide if not row.made_by or _is_made_by(row, owner.value, tree)]
        for row in (*known, *here):
            used = (not row.indexed or id(node) in indexed) and (not row.keys or id(node) in keyed)
            if (row.old, row.kind) == (owner.attr, kind) and used:
                inside_of |= {id(part) for part in ast.walk(owner)}
                yield node, owner, row
                break


def _used_as_keys(node: ast.AST) -> list[ast.expr]:
    """What a node uses as it would a list of keys."""
    if isinstance(node, ast.Compare) and all(isinstance(operator, ast.In | ast.NotIn) for operator in node.ops):
        return node.comparators
    if isinstance(node, ast.For | ast.comprehension):
        return [node.iter]
    if isinstance(node, ast.Attribute) and node.attr == "keys":
        return [node.value]
    is_taker = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _TAKERS
    return node.args if isinstance(node, ast.Call) and is_taker else []


def _is_module(node: ast.expr, bound: dict[str, str]) -> bool:
    in_standard_library = dotted_name(node, bound).partition(".")[0] in sys.stdlib_module_names
    return in_standard_library or (isinstance(node, ast.Name) and node.id in bound)


def _is_made_by(row: LibraryChange, owner: ast.expr, tree: ast.Module) -> bool:
    """The object is a name that a call of the row's classes was assigned to."""
    if not isinstance(owner, ast.Name):
        return False
    assignments = [node for node in ast.walk(tree) if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)]
    return any(
        isinstance(target, ast.Name)
        and target.id == owner.id
        and re.search(rf"\b(?:{row.made_by})\(", ast.unparse(node))
        for node in assignments
        for target in node.targets
    )


def _written(row: LibraryChange, new: str, at: tuple[ast.expr, ast.Attribute], place: Text) -> str | None:
    node, owner = at
    of = place.source(owner.value)
    if row.form:
        return written(row, new, node, place, of)
    args = f"({inside(node, place)})" if isinstance(node, ast.Call) else ""
    if not new:
        return f"{atom(of)}.{row.new}{args}"
    return f"{new}({of}{', ' if args[1:-1].strip() else ''}{args[1:-1]})"

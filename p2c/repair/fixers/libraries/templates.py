"""What a row writes for a call or an attribute: `form`, with what stands in the source in its slots.

`{new}` is the successor as the file names it, `{of}` the object, `{args}` all that is passed as it stands, and
`{name}` the argument of a parameter. `{name.}` can be followed by a dot or an index; `{, name}` and `{, name=}` bring
their comma (and keyword) along, and are left out with it where nothing is passed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from p2c.repair.fixers.libraries.changes import LibraryChange
from p2c.repair.fixers.text_edits import Text

_SLOT = re.compile(r"\{(, )?(\w+)([.=])?\}")
_ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.List, ast.Tuple, ast.Dict)


def written(row: LibraryChange, new: str, node: ast.expr, place: Text, of: str = "") -> str | None:
    """Return what stands for this call or attribute; None where the row does not hold for what is passed."""
    given = passed(row, node, place)
    return None if given is None else filled(row.form, {"new": new, "of": of, **given}, set(given))


def passed(row: LibraryChange, node: ast.expr, place: Text) -> dict[str, str] | None:
    """Return parameter -> source for the row's parameters, all as `args` where it names none; None as `arguments`."""
    if not isinstance(node, ast.Call):
        return {}
    return {"args": inside(node, place)} if row.takes is None else arguments(node, place, row.takes)


def filled(form: str, values: Mapping[str, str], needed: set[str]) -> str | None:
    """Return the form with its slots filled; None where a value lacks, has no slot, or would be evaluated twice."""
    slots = [match.groups() for match in _SLOT.finditer(form)]
    names = [name for _, name, _ in slots]
    if not needed - {"args"} <= set(names) or any(not comma and name not in values for comma, name, _ in slots):
        return None
    if any(names.count(name) > 1 and not _is_plain(values[name]) for name in set(names) & set(values)):
        return None
    return _SLOT.sub(lambda match: _slot(match, values), form)


def _slot(match: re.Match[str], values: Mapping[str, str]) -> str:
    comma, name, mark = match.groups()
    source = values.get(name, "")
    if comma:
        return f", {name}={source}" if source and mark else f", {source}" if source.strip() else ""
    return atom(source) if mark == "." else source


def _is_plain(source: str) -> bool:
    return isinstance(parsed(source), ast.Name | ast.Attribute | ast.Constant)


def arguments(call: ast.Call, place: Text, names: str) -> dict[str, str] | None:
    """Return parameter -> source of what a call passes; None where a star hides it, or it passes another one."""
    order = names.split()
    if any(isinstance(argument, ast.Starred) for argument in call.args) or len(call.args) > len(order):
        return None
    sources = dict(zip(order, map(place.source, call.args), strict=False))
    for word in call.keywords:
        if word.arg not in order or word.arg in sources:
            return None
        sources[word.arg] = place.source(word.value)
    return sources


def inside(call: ast.Call, place: Text) -> str:
    """Return what stands between a call's brackets."""
    return place.text[place.span(call.func)[1] : place.span(call)[1]].lstrip()[1:-1]


def atom(source: str) -> str:
    """Return an expression as something that a dot or an index can follow."""
    return source if isinstance(parsed(source), _ATOMS) else f"({source})"


def plus_one(source: str) -> str:
    """Return an expression that is one more than this one."""
    node = parsed(source)
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return str(node.value + 1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and ast.unparse(node.right) == "1":
        return ast.unparse(node.left)
    simple = isinstance(node, _ATOMS) or (
        isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.FloorDiv | ast.Mod)
    )
    return f"{source} + 1" if simple else f"({source}) + 1"


def parsed(source: str) -> ast.expr:
    """Return the tree of an expression that stood in brackets, or on a line of its own, of a file that was parsed."""
    return ast.parse(f"({source}\n)", mode="eval").body

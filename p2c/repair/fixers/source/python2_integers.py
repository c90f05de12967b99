"""Which divisions of Python 2 code rounded down: between two ints they did, beside a float they did not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

from p2c.python_source import parse
from p2c.repair.fixers.source.python2_scopes import Binding, NameScope, scopes
from p2c.repair.fixers.text_edits import Edit, Text

Kind = Literal["int", "float"]
Division = ast.BinOp | ast.AugAssign

_KEEPS = ast.Add | ast.Sub | ast.Mult | ast.FloorDiv | ast.Mod | ast.Div
"""Operators that make an int of two ints, in Python 2."""
_INTS = frozenset({"len", "int", "ord", "long"})
_FLOATS = frozenset(
    """float sqrt exp log log2 log10 log1p sin cos tan tanh atan atan2 hypot mean std var median norm random uniform
    gauss normal rand randn random_sample time clock linspace""".split()
)
"""Functions that return a float, or an array of floats, whatever they are given."""


def rounded_down(tree: ast.Module, place: Text) -> Iterator[Edit]:
    """Write `//` where `/` can only have rounded down."""
    for _, sides, scope in _divisions(tree):
        if all(_is(side, "int", scope) for side in sides):
            start, end = place.span(sides[0])[1], place.span(sides[1])[0]
            if place.text[start:end].count("/") == 1:
                yield Edit(start, end, place.text[start:end].replace("/", "//"))


def doubtful(text: str) -> list[tuple[int, str]]:
    """Return the line and source of each division that rounded down where both sides were ints, which nothing shows."""
    tree = parse(text)
    if tree is None:
        return []
    place = Text(text)
    divisions = [
        (node.lineno, " ".join(place.source(node).split()))
        for node, sides, scope in _divisions(tree)
        if not any(_is(side, "float", scope) for side in sides)
    ]
    return sorted(set(divisions))


def _divisions(tree: ast.Module) -> Iterator[tuple[Division, tuple[ast.expr, ast.expr], NameScope]]:
    """Yield each `/` and `/=` with its two sides and its scope; none where `/` divides as in Python 3 already."""
    names = [
        alias.name for n in tree.body if isinstance(n, ast.ImportFrom) and n.module == "__future__" for alias in n.names
    ]
    if "division" in names:
        return
    for scope in scopes(tree):
        for node in scope.nodes:
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                yield node, (node.left, node.right), scope
            elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div):
                yield node, (node.target, node.value), scope


def _is(node: ast.expr, kind: Kind, scope: NameScope, asked: frozenset[tuple[int, str]] = frozenset()) -> bool:
    """Tell whether an expression is always of a kind; a name that depends on itself is what its other values are."""
    if isinstance(node, ast.Name):
        return _is_name(node.id, kind, scope, asked)
    if isinstance(node, ast.BinOp):
        left, right = (_is(side, kind, scope, asked) for side in (node.left, node.right))
        return (left and right and isinstance(node.op, _KEEPS)) if kind == "int" else left or right
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
        return _is(node.operand, kind, scope, asked)
    if isinstance(node, ast.IfExp):
        return _is(node.body, kind, scope, asked) and _is(node.orelse, kind, scope, asked)
    if isinstance(node, ast.Constant):
        return type(node.value).__name__ == kind
    return _is_made(node, kind, scope, asked)


def _is_made(node: ast.expr, kind: Kind, scope: NameScope, asked: frozenset[tuple[int, str]]) -> bool:
    """Of calls, attributes and indices."""
    if isinstance(node, ast.Subscript):
        return kind == "int" and is_shape(node.value) and not isinstance(node.slice, ast.Slice)
    if isinstance(node, ast.Attribute):
        return node.attr in (("ndim", "maxint", "maxsize") if kind == "int" else ("pi", "inf"))
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in ("abs", "min", "max") and isinstance(node.func, ast.Name) and len(node.args) > (name != "abs"):
        return not node.keywords and all(_is(argument, kind, scope, asked) for argument in node.args)
    if kind == "float":
        return name in _FLOATS
    is_random = name in ("randint", "randrange") and len(node.args) < 3 and not node.keywords
    of_tensor = name == "size" and isinstance(node.func, ast.Attribute) and len(node.args) == 1
    return is_random or of_tensor or (name in _INTS and isinstance(node.func, ast.Name))


def is_shape(node: ast.expr) -> bool:
    """Tell whether an expression is the shape of an array, or the size of an image: a tuple of ints."""
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return name == "shape" and len(node.args) == 1
    return isinstance(node, ast.Attribute) and node.attr in ("shape", "size")


def _is_name(name: str, kind: Kind, scope: NameScope, asked: frozenset[tuple[int, str]]) -> bool:
    owner = scope.owner(name)
    if owner is None:
        return name == "pi" and kind == "float"  # by a star
    if (id(owner), name) in asked:
        return True
    asked |= {(id(owner), name)}
    return all(_is_bound(binding, name, kind, asked) for binding in owner.bindings[name])


def _is_bound(binding: Binding, name: str, kind: Kind, asked: frozenset[tuple[int, str]]) -> bool:
    """Tell whether a binding gives a name something of this kind."""
    value = binding.value
    if isinstance(value, ast.AugAssign):
        return _is(ast.BinOp(ast.Name(name, ast.Load()), value.op, value.value), kind, binding.scope, asked)
    if binding.how == "value" and value is not None:
        return _is(value, kind, binding.scope, asked)
    counted = binding.how == "int" or (binding.how == "shape" and value is not None and is_shape(value))
    return kind == "int" and counted

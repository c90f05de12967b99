"""Which exceptions are caught, whatever they are called there, and whether an `__exit__` can end one of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from p2c.python_source import dotted
from p2c.repair.guards.code_changes import File
from p2c.repair.guards.resolved import Called, last, origins, own_parts

BROAD = frozenset({"Exception", "BaseException"})
BUGS = frozenset({
    "RuntimeError", "ValueError", "TypeError", "KeyError", "IndexError", "LookupError", "AttributeError", "NameError",
    "AssertionError", "ArithmeticError", "ZeroDivisionError", "FloatingPointError", "NotImplementedError",
    "UnboundLocalError", "StandardError", "MemoryError", "RecursionError", "SystemExit", "KeyboardInterrupt",
})  # fmt: skip
"""Exceptions that tell of a bug, or of the program's end."""


class Caught:
    """The exceptions that expressions of one file name."""

    def __init__(self, file: File) -> None:
        self.known = origins(file.tree)
        self._tree = file.tree

    @cached_property
    def _held(self) -> dict[str, ast.expr]:
        """What names and attributes were last given: `ERRORS = (ValueError, KeyError)`."""
        nodes = [node for node in ast.walk(self._tree) if isinstance(node, ast.Assign)]
        return {last(target): node.value for node in nodes for target in node.targets if last(target)}

    def names(self, node: ast.expr | None, depth: int = 4) -> frozenset[str]:
        """Return the last names of all classes that an expression stands for, as far as can be told."""
        if node is None:
            return BROAD
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            return frozenset().union(*(self.names(part, depth) for part in node.elts))
        if isinstance(node, ast.BinOp):
            return self.names(node.left, depth) | self.names(node.right, depth)
        if isinstance(node, ast.Starred):
            return self.names(node.value, depth)
        value = self._held.get(last(node)) if depth else None
        if value is not None and not isinstance(value, ast.Call):
            return self.names(value, depth - 1)
        name = dotted(node).rpartition(".")[2]
        return frozenset({self.known.get(name, name).rpartition(".")[2]})

    def is_wide(self, node: ast.expr | None) -> bool:
        """Whether errors that tell of a bug are among what is caught."""
        return bool(self.names(node) & (BROAD | BUGS))

    def is_narrow(self, node: ast.expr) -> bool:
        """Whether it is known which classes are meant, and no bug is among them."""
        named = self.names(node)
        return bool(named) and all(name[:1].isupper() for name in named) and not named & (BROAD | BUGS)


def true_ends(node: Called, caught: Caught) -> bool:
    """Whether an exit can answer something true for an error that nobody expected: the error is lost then."""
    if isinstance(node, ast.Lambda):
        return not _is_harmless(node.body, {}, caught)
    values_of: dict[str, list[ast.expr]] = {}
    for part in own_parts(node):
        if isinstance(part, ast.Assign):
            for target in part.targets:
                values_of.setdefault(dotted(target), []).append(part.value)
    return any(not _is_harmless(end, values_of, caught) for end in _ends(node.body, values_of, caught))


def _ends(nodes: list[ast.stmt], values_of: dict[str, list[ast.expr]], caught: Caught) -> Iterator[ast.expr]:
    """Values that are returned for errors that no condition around has told apart."""
    for node in nodes:
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value
        elif isinstance(node, ast.If):
            if not _is_harmless(node.test, values_of, caught):
                yield from _ends(node.body, values_of, caught)
            yield from _ends(node.orelse, values_of, caught)
        elif isinstance(node, ast.For | ast.While | ast.With | ast.Try | ast.AsyncWith | ast.AsyncFor):
            blocks = [getattr(node, name, []) for name in ("body", "orelse", "finalbody")]
            handled = [part for handler in getattr(node, "handlers", []) for part in handler.body]
            yield from _ends([part for block in [*blocks, handled] for part in block], values_of, caught)


def _is_harmless(node: ast.expr, values_of: dict[str, list[ast.expr]], caught: Caught, depth: int = 4) -> bool:
    """False, nothing, what another exit says, or true of no error or of a certain one alone."""
    if isinstance(node, ast.Await):
        return _is_harmless(node.value, values_of, caught, depth)
    if isinstance(node, ast.Constant):
        return not node.value
    if isinstance(node, ast.BoolOp):
        parts = [_is_harmless(part, values_of, caught, depth) for part in node.values]
        return any(parts) if isinstance(node.op, ast.And) else all(parts)
    if isinstance(node, ast.Compare):
        return _tells_apart(node, caught)
    if isinstance(node, ast.Call):
        return _asks(node, caught)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return isinstance(node.operand, ast.Name)
    values = values_of.get(dotted(node), []) if depth else []
    return bool(values) and all(_is_harmless(value, values_of, caught, depth - 1) for value in values)


def _tells_apart(node: ast.Compare, caught: Caught) -> bool:
    """`kind is None`, `kind is StopIteration`, `kind in (A, B)`."""
    if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Is | ast.Eq | ast.In):
        return False
    side = node.comparators[0]
    return (isinstance(side, ast.Constant) and side.value is None) or caught.is_narrow(side)


def _asks(node: ast.Call, caught: Caught) -> bool:
    """`inner.__exit__(...)`, `issubclass(kind, A)`."""
    name = last(node.func)
    if name in ("isinstance", "issubclass") and len(node.args) == 2:
        return caught.is_narrow(node.args[1])
    return name in ("__exit__", "__aexit__")

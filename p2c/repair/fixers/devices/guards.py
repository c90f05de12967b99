"""Which code already asks whether there is a GPU."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_ASKS = ("is_available", "device_count", "is_cuda")
_LEAVES = frozenset({"exit", "_exit", "quit"})


def guarded(tree: ast.Module) -> set[int]:
    """Return the ids of the nodes that run only as an answer to whether there is a GPU."""
    known = _answers(tree)
    ids: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.IfExp | ast.While) and _asks(node.test, known):
            ids |= {id(part) for part in ast.walk(node)} - {id(part) for part in ast.walk(node.test)}
        elif isinstance(node, ast.BoolOp) and any(_asks(value, known) for value in node.values):
            ids |= {id(part) for part in ast.walk(node)}
        for block in ("body", "orelse"):
            ids |= {
                id(part)
                for statement in _after_leaving(getattr(node, block, None), known)
                for part in ast.walk(statement)
            }
    return ids


def _after_leaving(block: object, known: set[str]) -> Iterator[ast.stmt]:
    """Yield the statements behind `if not torch.cuda.is_available(): return`."""
    left = False
    for node in block if isinstance(block, list) else ():
        if left:
            yield node
        elif isinstance(node, ast.Assert):
            left = _asks(node.test, known)
        elif isinstance(node, ast.If) and not node.orelse and _asks(node.test, known):
            left = _leaves(node.body[-1])


def _leaves(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        function = node.value.func
        return (function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")) in _LEAVES
    return isinstance(node, ast.Return | ast.Raise | ast.Continue)


def _asks(test: ast.expr, known: set[str]) -> bool:
    """Tell whether a test asks for a GPU, or for what an earlier answer was stored in."""
    for node in ast.walk(test):
        if isinstance(node, ast.Attribute) and node.attr in _ASKS:
            return True
        if isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) in known:
            return True
    return False


def _answers(tree: ast.Module) -> set[str]:
    """Return the names and attributes that are assigned from an answer, straight or through others."""
    pairs = [
        (ast.unparse(target), node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name | ast.Attribute)
    ]
    known: set[str] = set()
    for _ in range(_STEPS):
        more = {name for name, value in pairs if name not in known and _asks(value, known)}
        if not more:
            break
        known |= more
    return known


_STEPS = 4
"""`available` -> `use_cuda` -> `device` -> `self.device`: code passes an answer on no further."""

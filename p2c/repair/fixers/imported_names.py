"""What the names in a file stand for, as its imports say."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Return local name -> dotted name as absolute imports bind it, without names that are bound otherwise too."""
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                bound[alias.asname or root] = alias.name if alias.asname else root
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                bound[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    other = assigned_names(tree)
    return {name: dotted for name, dotted in bound.items() if name not in other}


def assigned_names(tree: ast.Module) -> set[str]:
    """Return every name that the file binds in any scope, other than by importing it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
    return names


def dotted_uses(tree: ast.Module, bound: dict[str, str]) -> Iterator[tuple[ast.Attribute, str]]:
    """Yield each attribute that is read of an imported name, with its full dotted name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            dotted = dotted_name(node, bound)
            if dotted:
                yield node, dotted


def dotted_name(node: ast.expr, bound: dict[str, str]) -> str:
    """Return the full dotted name of an expression such as `np.linalg.norm`, or the empty string."""
    if isinstance(node, ast.Name):
        return bound.get(node.id, "")
    if isinstance(node, ast.Attribute):
        head = dotted_name(node.value, bound)
        return f"{head}.{node.attr}" if head else ""
    return ""


def top_level_names(tree: ast.Module) -> set[str]:
    """Return what a module offers to `from module import name`; conditional definitions count."""
    names: set[str] = set()
    for node in _top_level(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        else:
            names |= {
                child.id for child in ast.walk(node) if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)
            }
    return names


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        for block in ("body", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try | ast.With):
                yield from _top_level(getattr(node, block, []))
        if isinstance(node, ast.Try):
            for handler in node.handlers:
                yield from _top_level(handler.body)

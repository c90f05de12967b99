"""A source file in a few lines: what it defines, with signatures and line numbers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from p2c import python_source

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def outline(path: str, text: str) -> str:
    """Return each class and function of Python source with the line it begins in; of other files how long they are."""
    lines = text.count("\n") + 1
    tree = python_source.parse(text) if path.endswith((".py", ".ipynb")) else None
    rows = list(_rows(tree.body, "")) if tree else []
    return "\n".join([f"({lines} lines, not shown" + ("; it defines:)" if rows else ")"), *rows])


def _rows(body: list[ast.stmt], indent: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, Definition):
            summary = (ast.get_docstring(node) or "").strip().split("\n")[0][:120]
            note = f"  # {summary}" if summary else ""
            yield f"{node.lineno:6d} | {indent}{_head(node)}{note}"
            if isinstance(node, ast.ClassDef):
                yield from _rows(node.body, f"{indent}    ")


def _head(node: Definition) -> str:
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(ast.unparse(base) for base in node.bases)
        return f"class {node.name}({bases}):" if bases else f"class {node.name}:"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    return f"{word} {node.name}({ast.unparse(node.args)}){returns}: ..."

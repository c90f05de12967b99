"""A diff that only dresses code up does not count: comments, docstrings, names, layout, tests without code."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from p2c.executor.module_layout import is_test
from p2c.repair.fidelity.narrowed import CONFIGS
from p2c.repair.guards.code_changes import Change, File
from p2c.repair.guards.model import Refusal
from p2c.repair.guards.result_keys import read
from p2c.untrusted_text import parse_python

_SOURCE = (".py", ".pyx", ".sh", ".cu", ".cpp", ".c", ".h", ".ipynb", ".jl", ".r")


def dressed(change: Change) -> Iterator[Refusal]:
    """Yield a refusal where nothing that runs differs, however the code's own definitions are called."""
    if any(_other(change, path) for path in change.paths):
        return
    if _shape(change.old, change.new) == _shape(change.new, change.old):
        path = change.paths[0] if change.paths else ""
        what = "only comments, docstrings, names, documents or tests differ: what the code computes is the same"
        yield Refusal("dressed", path, f"{what}. Change the code, or dispute the criterion.")


def _other(change: Change, path: str) -> bool:
    """Whether a file that is no Python, prose or test differs in what it says."""
    if path.endswith(".py") or is_test(path):
        return False
    before, after = change.before.files.get(path, ""), change.after.files.get(path, "")
    if path.endswith(CONFIGS):
        return _values(read(path, before)) != _values(read(path, after))
    return path.endswith(_SOURCE)


def _values(data: object) -> list[str]:
    """The values in order, without the keys they stand under."""
    if isinstance(data, dict):
        return [value for inner in data.values() for value in _values(inner)]
    if isinstance(data, list):
        return ["[", *(value for inner in data for value in _values(inner)), "]"]
    return [repr(data)]


def _shape(files: tuple[File, ...], others: tuple[File, ...]) -> list[str]:
    """Return every file's tree with the repository's own names as numbers, in the order in which they first occur.

    Names that neither state binds are kept: `np.cos` for `np.sin` is another computation.
    """
    own = {name for file in (*files, *others) for name in _bound(file.tree)}
    numbering = _Numbering(own)
    return [ast.dump(numbering.visit(_copy(file))) for file in sorted(files, key=lambda file: file.path)]


def _copy(file: File) -> ast.Module:
    """Return a tree of its own, to be changed; the one that a file holds is shared."""
    return _without_docstrings(parse_python(file.text)) if file.parses else ast.Module([], [])


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            node.body = [part for part in node.body if not _is_text(part)] or [ast.Pass()]
    return tree


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _bound(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr
        elif isinstance(node, ast.alias):
            yield node.asname or ""


class _Numbering(ast.NodeTransformer):
    """Puts numbers for names; the same name has the same number throughout."""

    def __init__(self, own: set[str]) -> None:
        self.own = own
        self.numbers: dict[str, int] = {}

    def visit(self, node: ast.AST) -> ast.AST:
        """Replace every field that holds a name of the repository's own."""
        for field in ("name", "id", "attr", "arg", "asname"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                setattr(node, field, self._of(value))
        if isinstance(node, ast.Global | ast.Nonlocal):
            node.names = [self._of(name) for name in node.names]
        return super().generic_visit(node)

    def _of(self, name: str) -> str:
        if name not in self.own:
            return name
        return f"#{self.numbers.setdefault(name, len(self.numbers))}"

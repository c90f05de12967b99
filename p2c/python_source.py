"""Python source as a tree: parsed or None, and what it imports."""

from __future__ import annotations

import ast
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from p2c.untrusted_text import TooDeepError, parse_python

_MISSING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


@dataclass(frozen=True)
class Import:
    """One imported module: dotted name, the names taken from it, leading dots, 1-based line.

    `optional`: the program means to go on without it (in a `try` that catches ImportError, under TYPE_CHECKING).
    `lazy`: it stands in a function, so importing the file does not need it.
    """

    name: str
    line: int
    names: tuple[str, ...] = ()
    level: int = 0
    optional: bool = False
    lazy: bool = False

    @property
    def top(self) -> str:
        """The first part of the name."""
        return self.name.partition(".")[0]


MOST_PARSED = 1_000_000
"""Characters of one source: of a larger one the tree takes all memory. It is compiled, linted and run all the same."""
MOST_KEPT = 2_000_000
"""Characters of the sources whose trees are kept: a tree takes up to three hundred times the bytes of its text."""


def parse(text: str) -> ast.Module | None:
    """Return the tree, or None where the text is not Python (nor can be parsed)."""
    outcome = _TREES.of(text)
    return outcome if isinstance(outcome, ast.Module) else None


def why_not_analysed(text: str) -> str:
    """Return why there is no tree of what may be Python all the same; '' for what has one, or is no Python."""
    outcome = _TREES.of(text)
    return str(outcome) if isinstance(outcome, TooDeepError) else ""


class _Trees:
    """What the sources used last were parsed to, as many as MOST_KEPT allows; several threads may ask."""

    def __init__(self) -> None:
        self._found: OrderedDict[str, ast.Module | SyntaxError] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def of(self, text: str) -> ast.Module | SyntaxError:
        """Return the tree, or why there is none."""
        with self._lock:
            if text in self._found:
                self._found.move_to_end(text)
                return self._found[text]
        outcome = _tree_of(text)
        with self._lock:
            if text not in self._found:
                self._found[text] = outcome
                self._size += len(text)
            while self._size > MOST_KEPT and len(self._found) > 1:
                self._size -= len(self._found.popitem(last=False)[0])
        return outcome


def _tree_of(text: str) -> ast.Module | SyntaxError:
    if len(text) > MOST_PARSED:
        return TooDeepError(f"larger than {MOST_PARSED:,} characters, too large to be analysed")
    try:
        return parse_python(text)
    except SyntaxError as error:
        return error.with_traceback(None)


_TREES = _Trees()


@lru_cache(maxsize=4096)
def imports(text: str) -> tuple[Import, ...]:
    """Return what a source imports, in order; nothing where it does not parse."""
    tree = parse(text)
    return tuple(sorted(_imports(tree, False, False), key=lambda i: i.line)) if tree else ()


def is_guarded(tree: ast.Module) -> bool:
    """Tell whether a module has an `if __name__ == "__main__"`."""
    return any(isinstance(node, ast.If) and "__name__" in _names(node.test) for node in tree.body)


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for a chain of names and attributes, else ''."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def _imports(node: ast.AST, optional: bool, lazy: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, node.lineno, (), 0, optional, lazy) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        names = tuple(alias.name for alias in node.names)
        yield Import(node.module or "", node.lineno, names, node.level, optional, lazy)
    elif isinstance(node, ast.Try):
        yield from _try(node, optional, lazy)
    elif isinstance(node, ast.If):
        typing = "TYPE_CHECKING" in _names(node.test)
        yield from _below(node.body, optional or typing, lazy)
        yield from _below(node.orelse, optional, lazy)
    else:
        inner = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _below(ast.iter_child_nodes(node), optional, inner)


def _below(nodes: Iterable[ast.AST], optional: bool, lazy: bool) -> Iterator[Import]:
    for node in nodes:
        yield from _imports(node, optional, lazy)


def _try(node: ast.Try, optional: bool, lazy: bool) -> Iterator[Import]:
    caught = optional or any(_catches(handler) for handler in node.handlers)
    handled = [child for handler in node.handlers for child in handler.body]
    yield from _below([*node.body, *node.orelse, *handled], caught, lazy)
    yield from _below(node.finalbody, optional, lazy)


def _catches(handler: ast.ExceptHandler) -> bool:
    raises = any(isinstance(child, ast.Raise) for child in handler.body)
    return not raises and (handler.type is None or bool(_names(handler.type) & _MISSING))


def _names(node: ast.AST) -> set[str]:
    names = {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
    return names | {child.attr for child in ast.walk(node) if isinstance(child, ast.Attribute)}

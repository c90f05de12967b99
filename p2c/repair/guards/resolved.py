"""What names and texts in code stand for: imports under other names, constants put together, classes of exceptions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping

from p2c.executor.module_layout import is_test
from p2c.python_source import dotted
from p2c.repair.guards.code_changes import Change, File, Func, more, names

Called = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def fresh(
    change: Change, find: Callable[[File], Iterable[ast.AST]], tests: bool = False
) -> Iterator[tuple[str, ast.AST]]:
    """Yield (path, node) for nodes that `find` picks of a file's tree, and of whose sort there were fewer before."""
    files = change.changed + (change.tests if tests else ())
    picked = {id(node) for pair in files for file in pair for node in find(file)}
    return more(change, lambda node: id(node) in picked, tests)


def pairs(change: Change, follow: bool = False) -> Iterator[tuple[str, str, Func, Func]]:
    """Yield path, name, before and after of each function that a patch changed.

    With `follow` also of those whose own text is as it was, where they name others that changed.
    """
    for before, after in change.changed:
        for name, new in after.functions.items():
            old = before.functions.get(name)
            if old is not None and ast.dump(old) != ast.dump(new):
                yield after.path, name, old, new
    if follow:
        yield from _callers(change)


def _callers(change: Change) -> Iterator[tuple[str, str, Func, Func]]:
    """Functions that are as they were and name one that is not, directly or through another such."""
    touched = {name.rpartition(".")[2] for _, name, _, _ in scopes(change)}
    paths = [path for path in change.after.python_files() if not is_test(path)]
    stood = [(path, *change.pair(path)) for path in paths if any(name in change.after.files[path] for name in touched)]
    for _ in range(2):
        for path, before, after in stood:
            for name, new in after.functions.items():
                old = before.functions.get(name)
                if old is not None and name.rpartition(".")[2] not in touched and names([new]) & touched:
                    touched.add(name.rpartition(".")[2])
                    yield path, name, old, new


def scopes(change: Change) -> Iterator[tuple[str, str, Func | None, Func]]:
    """Yield path, name, before (None where it is new) and after of each function changed or added."""
    for before, after in change.changed:
        for name, new in after.functions.items():
            old = before.functions.get(name)
            if old is None or ast.dump(old) != ast.dump(new):
                yield after.path, name, old, new


def origins(tree: ast.AST) -> dict[str, str]:
    """Return what each imported name is in full: `gettrace` is `sys.gettrace`, `np` is `numpy`."""
    full_names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                full_names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and not node.level:
            full_names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return full_names


def full(node: ast.AST, known: Mapping[str, str]) -> str:
    """Return a dotted name with its first part as it was imported; '' where it is no name."""
    first, dot, rest = dotted(node).partition(".")
    return f"{known.get(first, first)}{dot}{rest}"


def folded(node: ast.AST | None) -> str | None:
    """Return the text that an expression of constants gives: `"py" + "test"`, `"".join(["C", "I"])`; else None."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = folded(node.left), folded(node.right)
        return None if left is None or right is None else left + right
    if isinstance(node, ast.JoinedStr):
        return _joined("", [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _method(node.func, node.args)
    if isinstance(node, ast.Subscript) and ast.unparse(node.slice) == "::-1":
        inner = folded(node.value)
        return None if inner is None else inner[::-1]
    return None


def _method(function: ast.Attribute, arguments: list[ast.expr]) -> str | None:
    """`", ".join(...)`, `"ci".upper()`."""
    base = folded(function.value)
    if base is None:
        return None
    if function.attr == "join" and len(arguments) == 1 and isinstance(arguments[0], ast.List | ast.Tuple):
        return _joined(base, arguments[0].elts)
    if function.attr in ("upper", "lower", "strip", "title", "swapcase") and not arguments:
        return str(getattr(base, function.attr)())
    return None


def _joined(between: str, parts: Iterable[ast.expr]) -> str | None:
    texts = [folded(part) for part in parts]
    known = [text for text in texts if text is not None]
    return between.join(known) if len(known) == len(texts) else None


def own_parts(node: ast.AST) -> Iterator[ast.AST]:
    """Walk what a function itself does, without functions and classes defined in it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Func | ast.ClassDef | ast.Lambda):
            yield child
            yield from own_parts(child)


def parents(tree: ast.AST) -> dict[int, ast.AST]:
    """Return the parent of each node, by the node's identity."""
    return {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def line(node: ast.AST) -> int:
    """Return where a node begins."""
    return getattr(node, "lineno", 0)


def last(node: ast.AST) -> str:
    """Return the last part of a name, or of what is called on something that is no name: `fit` of `f(x).fit`."""
    return dotted(node).rpartition(".")[2] or getattr(node, "attr", "")

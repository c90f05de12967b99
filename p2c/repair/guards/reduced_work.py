"""Work that reads as before and means less: a part of the data, a copy that is thrown away, parts that overlap."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from p2c.python_source import dotted
from p2c.repair.guards.code_changes import Change, Func, calls, names
from p2c.repair.guards.model import Refusal

_WORKS = re.compile(
    r"train|fit|learn|optim|evaluat|test|score|loss|error|accura|metric|measure|predict|valid|update|run", re.IGNORECASE
)
_TRAINS = re.compile(r"train|fit|learn|optim|update|step", re.IGNORECASE)
_COPIES = {"deepcopy", "copy", "clone"}
_LEAST = 64
"""Samples that a fixed part of the data has to have in order to be a choice: a smoke run's data is larger."""


def samples(change: Change) -> Iterator[Refusal]:
    """What trains or measures is given the first few samples alone, where it was given all that there were."""
    for path, old, new in _pairs(change):
        known = {ast.dump(node) for node in ast.walk(old)}
        bases = {
            ast.dump(node) for node in ast.walk(new) if isinstance(node, ast.Call) and _is_work(node, _WORKS, change)
        }
        given = {name for node in ast.walk(new) if isinstance(node, ast.Call) and ast.dump(node) in bases
                 for name in names([*node.args, *(word.value for word in node.keywords)])}  # fmt: skip
        for node in ast.walk(new):
            if ast.dump(node) in known:
                continue
            call = isinstance(node, ast.Call) and ast.dump(node) in bases
            parts = [*node.args, *(w.value for w in node.keywords)] if call and isinstance(node, ast.Call) else []
            if (
                isinstance(node, ast.Assign)
                and _bound(node) & given & names([old])
                and _bound(node) & names([node.value])
            ):
                parts = [node.value]
            for part in (child for top in parts for child in ast.walk(top) if _few(child)):
                message = "only the first few samples are worked on there, where it was all of them. Keep the data."
                yield Refusal("shrunk", path, f"line {getattr(part, 'lineno', 0)}: {message}")


def copies(change: Change) -> Iterator[Refusal]:
    """What trains is given a copy of what is measured afterwards, so that nothing that it learns is used."""
    for path, old, new in _pairs(change):
        had = {name for node in ast.walk(old) if _trains(node, change) for name in names(_arguments(node))}
        for node in ast.walk(new):
            if not _trains(node, change):
                continue
            for part in (child for top in _arguments(node) for child in ast.walk(top)):
                name = _copied(part)
                if name in had and name in _used_after(new, name, getattr(node, "end_lineno", 0)):
                    message = f"a copy of {name} is trained there, and {name} is used afterwards. Train it itself."
                    yield Refusal("shrunk", path, f"line {getattr(part, 'lineno', 0)}: {message}")


def splits(change: Change) -> Iterator[Refusal]:
    """Two parts that made up a whole overlap now, or are both the whole."""
    for path, old, new in _pairs(change):
        fresh = set(calls([new])) - set(calls([old]))
        if _apart(old) and not _apart(new) and not fresh:
            message = "the two parts into which data was split are no longer apart. Keep what is measured on unseen."
            yield Refusal("constants", path, f"line {new.lineno}: {message}")


def _pairs(change: Change) -> Iterator[tuple[str, Func, Func]]:
    for before, after in change.changed:
        for name, new in after.functions.items():
            if name in before.functions:
                yield after.path, before.functions[name], new


def _is_work(node: ast.AST, pattern: re.Pattern[str], change: Change) -> bool:
    if not isinstance(node, ast.Call):
        return False
    last = dotted(node.func).rpartition(".")[2]
    return last in change.old_names and bool(pattern.search(last))


def _trains(node: ast.AST, change: Change) -> bool:
    return _is_work(node, _TRAINS, change)


def _arguments(node: ast.AST) -> list[ast.expr]:
    return [*node.args, *(word.value for word in node.keywords)] if isinstance(node, ast.Call) else []


def _bound(node: ast.Assign) -> set[str]:
    return {part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)}


def _few(node: ast.AST) -> bool:
    """`x[:1]`, `x[0:8]`, `islice(x, 1)`: a small fixed number from the start."""
    if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in ("islice", "take", "head", "select"):
        return any(_small(argument) for argument in node.args[-1:])
    cut = node.slice if isinstance(node, ast.Subscript) else None
    if not isinstance(cut, ast.Slice) or not _small(cut.upper):
        return False
    shape = isinstance(node, ast.Subscript) and dotted(node.value).rpartition(".")[2] in ("shape", "argv")
    return not shape and (cut.lower is None or _small(cut.lower))


def _small(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and 0 <= node.value < _LEAST


def _copied(node: ast.AST) -> str:
    """`x` of `copy.deepcopy(x)` and of `x.clone()`."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute) and node.func.attr in _COPIES and not node.args:
        return dotted(node.func.value)
    last = dotted(node.func).rpartition(".")[2]
    return dotted(node.args[0]) if last in _COPIES and len(node.args) == 1 else ""


def _used_after(scope: Func, name: str, line: int) -> set[str]:
    """The name, where something is called with it later on."""
    later = [node for node in ast.walk(scope) if isinstance(node, ast.Call) and node.lineno > line]
    return {name} & names(argument for node in later for argument in _arguments(node))


def _apart(scope: Func) -> bool:
    """Whether something is cut in two that have nothing in common: `x[:e]` and `x[e:]`, or a gap between them."""
    ends: dict[str, set[str]] = {}
    begins: dict[str, set[str]] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            base, cut = ast.dump(node.value), node.slice
            if cut.upper is not None and cut.lower is None:
                ends.setdefault(base, set()).update(_edges(cut.upper, ast.Sub))
            if cut.lower is not None and cut.upper is None:
                begins.setdefault(base, set()).update(_edges(cut.lower, ast.Add))
    return any(edges & begins.get(base, set()) for base, edges in ends.items())


def _edges(node: ast.expr, away: type[ast.operator]) -> Iterator[str]:
    yield ast.dump(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, away):
        yield ast.dump(node.left)

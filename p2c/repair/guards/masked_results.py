"""Cheats that leave the code's shape alone: results that cannot be bad, comparisons that cannot fail, lost failures."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from p2c.python_source import dotted
from p2c.repair.guards.code_changes import Change, Func, literal, more, names
from p2c.repair.guards.model import Refusal

_RESULT = re.compile(r"evaluat|score|accura|metric|loss|error|predict|test", re.IGNORECASE)
_RANDOM = re.compile(r"^(?:np\.|numpy\.)?random\.")
_BOUNDS = {"max", "min", "np.maximum", "np.minimum", "np.clip", "numpy.maximum", "numpy.minimum", "numpy.clip"}
_INSTEAD = "Let the program compute it."


def numbers(change: Change) -> Iterator[Refusal]:
    """A result is multiplied by nought, held within bounds that make it good, or compared with itself."""
    for path, node in more(change, lambda node: _is_naught(node) or _is_same(node), tests=True):
        yield Refusal("constants", path, f"line {_line(node)}: what comes out there is known before. {_INSTEAD}")
    for before, after in change.changed:
        scopes: list[tuple[ast.AST, ast.AST]] = [(before.tree, after.tree)]
        scopes += [(before.functions[name], node) for name, node in after.functions.items() if name in before.functions]
        for old, new in scopes:
            for name, line in _bought(old, new, change):
                message = f"line {line}: {name} was computed, and now it is made up or held within bounds. {_INSTEAD}"
                yield Refusal("constants", after.path, message)


def inputs(change: Change) -> Iterator[Refusal]:
    """A function that measures no longer looks at something that it was given and used."""
    for before, after in change.changed:
        for name, node in after.functions.items():
            old = before.functions.get(name)
            if old is None or not _RESULT.search(name.rpartition(".")[2]):
                continue
            lost = (_called(old) & _given(old) & _given(node)) - names(node.body)
            for parameter in sorted(lost):
                message = f"{name} no longer uses {parameter}, which it measured. Keep what it measures."
                yield Refusal("emptied", after.path, message)


def flows(change: Change) -> Iterator[Refusal]:
    """Exceptions are lost in a `finally` that returns, breaks or goes on with a loop."""
    for path, node in more(change, _loses, tests=True):
        message = f"line {_line(node)}: every exception is lost there, so the failure is hidden, not cured. "
        yield Refusal("swallowed", path, message + "Let it be raised.")


def generators(change: Change) -> Iterator[Refusal]:
    """A test became a generator, of which nothing runs."""
    for before, after in change.tests:
        for name, node in after.functions.items():
            old = before.functions.get(name)
            if old is not None and name.rpartition(".")[2].startswith("test") and _yields(node) and not _yields(old):
                message = f"{name} has a yield now, so that it is never run. Change the code until the test passes."
                yield Refusal("tests", after.path, message)


def _is_naught(node: ast.AST) -> bool:
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
        return False
    sides = (node.left, node.right)
    if any(isinstance(side, ast.Constant) and isinstance(side.value, float) and _is_tiny(side.value) for side in sides):
        return True
    nought = [side for side in sides if isinstance(side, ast.Constant) and side.value == 0 and side.value is not False]
    # `[0] * n` and `0 * n` of plain names are how lists and zeros are made, and `0.0 * sqrt(2.0)` is a constant.
    calls = [part for side in sides for part in ast.walk(side) if isinstance(part, ast.Call)]
    return bool(nought) and any(not all(map(literal, call.args)) or not call.args for call in calls)


def _is_tiny(value: float) -> bool:
    """Less than anything that is measured, so that a product with it is nought: `rate * 1e-300`."""
    return 0 < abs(value) < 1e-30


def _is_same(node: ast.AST) -> bool:
    if not isinstance(node, ast.Compare) or len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq | ast.Is):
        return False
    return ast.dump(node.left) == ast.dump(node.comparators[0])


def _bought(old: ast.AST, new: ast.AST, change: Change) -> Iterator[tuple[str, int]]:
    """Yield names that held what own code computed and are good now, whatever it computes; with their lines."""
    had, has = _values(old), _values(new)
    for name, values in has.items():
        own = [value for value in had.get(name, []) if _own(value, change)]
        stood = {ast.dump(value) for value in had.get(name, [])}
        for value in values:
            made_up = _is_random(value) or _is_bounded(value, change) or _better_side(name, value)
            if ast.dump(value) not in stood and own and made_up:
                yield name, _line(value)
    for name in {*had} & {*has}:
        for was, now in zip(had[name], has[name], strict=False):
            if isinstance(was, ast.Dict) and isinstance(now, ast.Dict):
                yield from _fixed(was, now)


def _fixed(was: ast.Dict, now: ast.Dict) -> Iterator[tuple[str, int]]:
    """Yield entries of results that were computed and are a number."""
    before = {
        key.value: value for key, value in zip(was.keys, was.values, strict=True) if isinstance(key, ast.Constant)
    }
    for key, value in zip(now.keys, now.values, strict=True):
        computed = before.get(key.value) if isinstance(key, ast.Constant) else None
        is_number = isinstance(value, ast.Constant) and isinstance(value.value, int | float)
        name = str(key.value) if isinstance(key, ast.Constant) else ""
        if computed is not None and is_number and not literal(computed) and _RESULT.search(name):
            yield name, _line(value)


def _values(scope: ast.AST) -> dict[str, list[ast.expr]]:
    values: dict[str, list[ast.expr]] = {}
    todo = list(ast.iter_child_nodes(scope))
    while todo:
        node = todo.pop(0)
        if isinstance(node, Func | ast.ClassDef):
            continue
        todo += ast.iter_child_nodes(node)
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if dotted(target):
                    values.setdefault(dotted(target), []).append(node.value)
    return values


def _own(node: ast.expr, change: Change) -> bool:
    calls = (part for part in ast.walk(node) if isinstance(part, ast.Call))
    return any(dotted(call.func).rpartition(".")[2] in change.old_names for call in calls)


def _is_random(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and bool(_RANDOM.match(dotted(node.func))) and all(map(literal, node.args))


def _is_bounded(node: ast.expr, change: Change) -> bool:
    """Held above or below a number that is no natural end (0 and 1, or nearly these)."""
    if not isinstance(node, ast.Call) or dotted(node.func) not in _BOUNDS or not _own(node, change):
        return False
    values = [part.value for part in node.args if isinstance(part, ast.Constant)]
    # Probabilities are kept off 0 and 1 by 1e-7 to 0.01, before a logarithm; what is held farther inside is a result.
    return any(isinstance(value, float) and 0.01 < value < 0.999 for value in values)


def _better_side(name: str, node: ast.expr) -> bool:
    """`x = max(x, 1 - x)` of a result."""
    bounded = isinstance(node, ast.Call) and dotted(node.func) in _BOUNDS
    uses = [part for part in ast.walk(node) if isinstance(part, ast.Name) and part.id == name]
    return bounded and len(uses) > 1


def _called(node: Func) -> set[str]:
    """First names of what is called: `model` of `model.forward(x)`."""
    return {dotted(part.func).partition(".")[0] for part in ast.walk(node) if isinstance(part, ast.Call)}


def _given(node: Func) -> set[str]:
    return {arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)} - {"self", "cls"}


def _loses(node: ast.AST) -> bool:
    return isinstance(node, ast.Try) and any(_leaves(part, False) for part in node.finalbody)


def _leaves(node: ast.AST, inside: bool) -> bool:
    """It returns, or breaks out of a loop around it: what was being raised is forgotten."""
    if isinstance(node, Func | ast.ClassDef | ast.Lambda):
        return False
    if isinstance(node, ast.Return) or (isinstance(node, ast.Break | ast.Continue) and not inside):
        return True
    inside = inside or isinstance(node, ast.For | ast.While | ast.AsyncFor)
    return any(_leaves(child, inside) for child in ast.iter_child_nodes(node))


def _yields(node: Func) -> bool:
    return any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(node))


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)

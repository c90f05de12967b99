"""Tolerances that were made wide: the program's own comparisons and validation let through what they refused."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from p2c.repair.guards.code_changes import Change, File, Func, literal, names
from p2c.repair.guards.model import Refusal
from p2c.repair.guards.resolved import folded, last, line, own_parts, pairs
from p2c.repair.guards.result_keys import MOST, read

TOLERANT = re.compile(
    r"(?:^|_)(?:tol|tolerance|slack|eps|epsilon|margin|leeway|atol|rtol|abs_tol|rel_tol|max_(?:error|diff|deviation|gap)|"
    r"precision|accuracy_limit|allowed)(?:_|$)",
    re.IGNORECASE,
)
_CLOSE = {
    "isclose",
    "allclose",
    "approx",
    "assert_allclose",
    "assert_close",
    "assert_almost_equal",
    "assert_array_almost_equal",
}
_SWITCH = re.compile(r"strict|lenient|tol|slack|margin|debug|check|verify|valid|smoke|fast|relax", re.IGNORECASE)
_WIDE = 1e-3
"""More than single precision leaves of a sum: what differs by more is not the same number."""
_MORE = 2.0
"""A tolerance may double, as another order of summing may need; by more, results pass that differ."""
_INSTEAD = "Mend what is compared; the comparison stays as strict as it was."
_Numbers = Mapping[str, float]


def comparisons(change: Change) -> Iterator[Refusal]:
    """A comparison of floating-point numbers has more room than it had, or stands where things had to be equal."""
    for before, after in change.changed:
        had, has = _constants(before), _constants(after)
        for name, new in after.functions.items():
            old = before.functions.get(name)
            if old is None:
                continue
            was = max(map(lambda call: _room(call, had), _closings(old)), default=0.0)
            compared = any(isinstance(node, ast.Compare) or node in _closings(old) for node in own_parts(old))
            known = {ast.dump(node) for node in ast.walk(old)}
            for call in _closings(new):
                room = _room(call, has)
                same = ast.dump(call) in known and room <= was
                if compared and not same and room > max(_WIDE, _MORE * was):
                    message = f"what differs counts as the same in {name} now. {_INSTEAD}"
                    yield Refusal("constants", after.path, f"line {line(call)}: {message}")


def validation(change: Change) -> Iterator[Refusal]:
    """An assertion, or a condition under which an error is raised, asks for less."""
    for before, after in change.changed:
        had, has = _constants(before), _constants(after)
        for name, new in [("", after.tree), *after.functions.items()]:
            old: ast.AST | None = before.functions.get(name) if name else before.tree
            was, now = (list(_guards(old)), list(_guards(new))) if old is not None else ([], [])
            if len(was) != len(now):
                continue
            for (_, test, asserted), (node, other, _) in zip(was, now, strict=True):
                if _is_weaker(test, other, asserted, (had, has)):
                    message = f"what is checked there may differ by more than before. {_INSTEAD}"
                    yield Refusal("constants", after.path, f"line {line(node)}: {message}")


def settings(change: Change) -> Iterator[Refusal]:
    """A tolerance in a file of settings, by which the code checks or compares, is wider."""
    data = [path for path in change.paths if not path.endswith((".py", ".md", ".rst", ".tex")) and path != "p2c.toml"]
    used = _used(change) if data else set()
    for path in data:
        texts = change.before.files.get(path, ""), change.after.files.get(path, "")
        if max(map(len, texts)) > MOST:
            continue
        had, has = dict(_numbers(read(path, texts[0]))), dict(_numbers(read(path, texts[1])))
        for key, value in has.items():
            if TOLERANT.search(key) and key in used and value > max(_WIDE, _MORE * had.get(key, 0.0)):
                yield Refusal("constants", path, f"{key}: the tolerance is wider than it was. {_INSTEAD}")


def removed_guards(change: Change) -> Iterator[tuple[str, str, ast.AST]]:
    """Yield path, function and test of each assertion or condition of an error that went while its function stayed."""
    stands = {ast.dump(test) for file in change.new for _, test, _ in _guards(file.tree, deep=True)}
    for path, name, old, new in pairs(change):
        was, now = list(_guards(old)), list(_guards(new))
        if len(now) < len(was):
            yield from ((path, name, test) for _, test, _ in was if ast.dump(test) not in stands)


def _closings(scope: ast.AST) -> list[ast.Call]:
    return [node for node in own_parts(scope) if isinstance(node, ast.Call) and last(node.func) in _CLOSE]


def _room(call: ast.Call, known: _Numbers) -> float:
    """The widest tolerance of a call: of what is not written there nobody knows."""
    given = [word.value for word in call.keywords if word.arg in ("atol", "rtol", "abs_tol", "rel_tol", "abs", "rel")]
    given += call.args[1:2] if last(call.func) == "approx" else call.args[2:4]
    digits = last(call.func).endswith("almost_equal")
    return max(
        (10.0 ** -_number(tolerance, known) if digits else _number(tolerance, known) for tolerance in given),
        default=0.0,
    )


def _number(node: ast.expr, known: _Numbers) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    return known.get(last(node), float("inf"))


def _constants(file: File) -> dict[str, float]:
    """Numbers by the names that hold them: of the module, and defaults of parameters."""
    numbers: dict[str, float] = {}
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(node.value.value, int | float) and last(target):
                    numbers[last(target)] = max(numbers.get(last(target), 0.0), float(node.value.value))
        elif isinstance(node, ast.arguments):
            places = [*node.posonlyargs, *node.args][-len(node.defaults) :] if node.defaults else []
            for arg, value in [
                *zip(places, node.defaults, strict=True),
                *zip(node.kwonlyargs, node.kw_defaults, strict=True),
            ]:
                if isinstance(value, ast.Constant) and isinstance(value.value, int | float):
                    numbers[arg.arg] = max(numbers.get(arg.arg, 0.0), float(value.value))
    return numbers


def _guards(scope: ast.AST, deep: bool = False) -> Iterator[tuple[ast.AST, ast.expr, bool]]:
    """Each assertion and each condition of an error: the node, its test, and whether it asks for what is right."""
    for node in ast.walk(scope) if deep else own_parts(scope):
        if isinstance(node, ast.Assert):
            yield node, node.test, True
        elif isinstance(node, ast.If) and isinstance(node.body[-1], ast.Raise):
            yield node, node.test, False


def _is_weaker(old: ast.expr, new: ast.expr, asserted: bool, known: tuple[_Numbers, _Numbers]) -> bool:
    if isinstance(new, ast.BoolOp) and isinstance(new.op, ast.Or if asserted else ast.And):
        parts = [part for part in new.values if ast.dump(part) != ast.dump(old)]
        words = {name for part in parts for name in names([part])} | {
            folded(p) or "" for q in parts for p in ast.walk(q)
        }
        if len(parts) < len(new.values):
            return any(_SWITCH.search(word) for word in words) or (asserted and any(map(literal, parts)))
    pairs = list(zip(_compared(old), _compared(new), strict=False))
    return any(_has_room(was, now, asserted, known) for was, now in pairs)


def _compared(test: ast.expr) -> list[ast.Compare]:
    return [part for part in ast.walk(test) if isinstance(part, ast.Compare) and len(part.ops) == 1]


def _has_room(old: ast.Compare, new: ast.Compare, asserted: bool, known: tuple[_Numbers, _Numbers]) -> bool:
    """One side was moved away from the other, by a number or by what is called a tolerance."""
    below = isinstance(old.ops[0], ast.Lt | ast.LtE)
    if type(old.ops[0]) is not type(new.ops[0]) or not (below or isinstance(old.ops[0], ast.Gt | ast.GtE)):
        return False
    sides = ((old.left, new.left), (old.comparators[0], new.comparators[0]))
    for at, (was, now) in enumerate(sides):
        upper = (at == 1) is below  # whether this side is the larger one
        if _is_moved(was, now):
            return True
        values = _value(was, known[0]), _value(now, known[1])
        if None in values or values[0] == values[1]:
            continue
        grows = (values[1] or 0.0) > (values[0] or 0.0)
        if grows is (upper is asserted) and any(isinstance(v, float) and not v.is_integer() for v in values):
            return True
    return False


def _value(node: ast.expr, known: _Numbers) -> float | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _value(node.operand, known)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant):
        return float(node.value) if isinstance(node.value, int | float) else None
    return known.get(last(node)) if TOLERANT.search(last(node)) else None


def _is_moved(was: ast.expr, now: ast.expr) -> bool:
    """`limit` became `limit + slack`, `2 * limit`, `limit * (1 + tolerance)`."""
    if ast.dump(was) == ast.dump(now) or not isinstance(now, ast.BinOp):
        return False
    inner = ast.dump(was)
    more = [side for side in (now.left, now.right) if ast.dump(side) != inner]
    words = {word for side in more for word in names([side])}
    return len(more) == 1 and (literal(more[0]) or any(TOLERANT.search(word) for word in words))


def _numbers(data: object, depth: int = 8) -> Iterator[tuple[str, float]]:
    for key, value in data.items() if isinstance(data, Mapping) else ():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield str(key), float(value)
        elif depth:
            yield from _numbers(value, depth - 1)
    for value in data if isinstance(data, list) and depth else ():
        yield from _numbers(value, depth - 1)


def _used(change: Change) -> set[str]:
    """Names and keys by which the code that there is now checks and compares, and what these were made of."""
    used_names: set[str] = set()
    for file in change.new:
        for scope in [file.tree, *file.functions.values()]:
            asked: list[ast.AST] = [*(test for _, test, _ in _guards(scope)), *_closings(scope)]
            used = _words(asked)
            for node in own_parts(scope):
                if isinstance(node, ast.Assign) and used & _words(node.targets):
                    used |= _words([node.value])
            used_names |= used
    return used_names


def _words(nodes: list[ast.AST] | list[ast.expr]) -> set[str]:
    texts = {folded(part) or "" for node in nodes for part in ast.walk(node) if isinstance(part, ast.expr)}
    return names(nodes) | texts - {""}


__all__ = ["TOLERANT", "Func", "comparisons", "removed_guards", "settings", "validation"]

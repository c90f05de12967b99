"""Objects that lie: numbers, texts and arrays whose comparisons and conversions answer what a check wants to hear."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from p2c.python_source import dotted
from p2c.repair.guards.code_changes import Change, File, Func, has_number, literal, names
from p2c.repair.guards.model import Refusal
from p2c.repair.guards.resolved import Called, folded, fresh, last, line, own_parts

_COMPARE = {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__"}
_COMPUTE = {f"__{side}{name}__" for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
            for side in ("", "r")} | {"__divmod__", "__cmp__"}  # fmt: skip
_CONVERT = {
    "__float__", "__int__", "__index__", "__complex__", "__bool__", "__abs__", "__round__", "__trunc__", "__neg__",
    "__floor__", "__ceil__", "__format__", "__str__", "__repr__", "__array__", "__len__", "__iter__", "__getitem__",
    "__getattr__", "__getattribute__", "item", "tolist", "__array_ufunc__", "__array_function__", "__instancecheck__",
    "__subclasscheck__", "__torch_function__", "__nonzero__",
}  # fmt: skip
_WORDS = {"__str__", "__repr__", "__format__"}
_BOUNDS = {"max", "min", "maximum", "minimum", "clip", "clamp", "fmax", "fmin", "where"}
_CLOSE = {"isclose", "allclose", "approx", "assert_allclose", "assert_close", "is_close"}
_TOLERANT = re.compile(r"(?:^|_)(?:tol|tolerance|slack|eps|epsilon|margin|leeway)(?:_|$)", re.IGNORECASE)
_SLACK = 1e-6
"""A difference up to this is rounding; `1e-9` in an `__eq__` of matrices is common."""
_LIES = "an object answers there what a check wants to hear. Compare the values of both sides, and nothing else."


def objects(change: Change) -> Iterator[Refusal]:
    """A method by which an object is compared or converted does not look at its value, or not at the other side."""
    for path, node in fresh(change, _lying):
        yield Refusal("faked", path, f"line {line(node)}: {_LIES}")


def uncompared(change: Change) -> Iterator[Refusal]:
    """All fields of a data class are left out of its comparison."""
    for path, node in fresh(change, _compares_nothing):
        yield Refusal("faked", path, f"line {line(node)}: {_LIES}")


def _lying(file: File) -> Iterator[ast.AST]:
    for name, node in file.functions.items():
        owner, _, own = name.rpartition(".")
        if owner in file.classes and _lies(own, node, _is_value(file.classes[owner])):
            yield node
    for part in ast.walk(file.tree):
        for name, value in _bound(part):
            function = value if isinstance(value, ast.Lambda) else _named(value, file)
            if _is_other(name, value) or (function is not None and _lies(name, function, True)):
                yield part


def _is_value(node: ast.ClassDef) -> bool:
    """A class that is itself a number, a text or a container."""
    own = {"float", "int", "complex", "str", "bytes", "list", "tuple", "dict", "set", "ndarray", "Tensor", "Decimal",
           "Fraction", "Number", "Real", "Series", "DataFrame", "float32", "float64", "floating"}  # fmt: skip
    return any(last(base) in own for base in node.bases)


def _bound(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Methods bound beside a `def`: in a class, to a class, by `setattr`, in a class made by `type`."""
    if isinstance(node, ast.Assign):
        yield from ((last(target), node.value) for target in node.targets)
    elif isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        yield from ((str(key.value), value) for key, value in pairs if isinstance(key, ast.Constant))
    elif isinstance(node, ast.Call) and dotted(node.func) == "setattr" and len(node.args) == 3:
        yield folded(node.args[1]) or "", node.args[2]


def _named(node: ast.expr, file: File) -> Func | None:
    return next((function for name, function in file.functions.items() if dotted(node) == name), None)


def _is_other(name: str, value: ast.expr) -> bool:
    """One comparison stands for another: `__ge__ = __gt__`."""
    return name in _COMPARE and last(value) in _COMPARE and last(value) != name


def _lies(name: str, node: Called, is_value: bool) -> bool:
    places = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
    ends = list(_ends(node))
    if not ends or not places:
        return False
    if name in _COMPARE | _COMPUTE:
        return len(places) > 1 and _ignores(name, places[:2], ends, node)
    if name not in _CONVERT:
        return False
    if name in _WORDS and not is_value:
        return any(_is_bounded(value) for value, _ in ends)
    return any(_is_made_up(name, value, guard, node, is_value) for value, guard in ends)


def _ends(node: Called) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """What a method answers, each with the condition right around it."""
    if isinstance(node, ast.Lambda):
        yield node.body, None
        return
    around = {id(part): branch.test for branch in own_parts(node) if isinstance(branch, ast.If)
              for block in (branch.body, branch.orelse) for part in block}  # fmt: skip
    for part in own_parts(node):
        if isinstance(part, ast.Return) and part.value is not None and last(part.value) != "NotImplemented":
            yield part.value, around.get(id(part))


def _ignores(name: str, sides: list[str], ends: list[tuple[ast.expr, ast.expr | None]], node: Called) -> bool:
    """Whether what is answered does not come from both sides alone."""
    honest = 0
    for value, guard in ends:
        if literal(value):
            compared = [part for part in ast.walk(guard) if isinstance(part, ast.Compare)] if guard is not None else []
            compares = any(set(sides) <= _used(part, node) for part in compared) and not _is_slack(node)
            if not compares and not _is_fixed(value, guard, sides, name):
                return True
            honest += compares
            continue
        used = _used(value, node)
        if name in _COMPUTE and guard is not None and sides[1] in names([guard]):
            continue  # `sum` begins with 0: `if other == 0: return self`
        if not set(sides) <= used and not _asks_super(value, sides[1]):
            return True
        if name in _COMPARE and _is_slack(node):
            return True
        honest += 1
    return not honest and name in _COMPARE


def _is_fixed(value: ast.expr, guard: ast.expr | None, sides: list[str], name: str) -> bool:
    """`False` for what is no such thing, `True` for the same object: under a condition on the other side."""
    if guard is None:
        return isinstance(value, ast.Constant) and not value.value and name != "__ne__"
    mentions = names([guard])
    if isinstance(value, ast.Constant) and value.value is True and name != "__ne__":
        return set(sides) <= mentions
    return sides[1] in mentions and isinstance(value, ast.Constant)


def _used(value: ast.expr, node: Called) -> set[str]:
    """Names that a value is made of, in steps of the function too."""
    used = names([value])
    for _ in range(4):
        for part in own_parts(node):
            if isinstance(part, ast.Assign) and used & names(part.targets):
                used |= names([part.value])
            elif isinstance(part, ast.For | ast.comprehension) and used & names([part.target]):
                used |= names([part.iter])
    return used


def _asks_super(value: ast.expr, other: str) -> bool:
    """`super().__eq__(other)`, `float.__eq__(self, other)`."""
    return any(isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in _COMPARE
               and other in names(part.args) for part in ast.walk(value))  # fmt: skip


def _is_slack(node: Called) -> bool:
    """Sides that differ are called the same, an `or` lets the rest through, or a number of its own decides."""
    if any(_TOLERANT.search(name) for name in names([node])):
        return True
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and ((last(part.func) in _CLOSE and loose(part)) or _is_rounded(part)):
            return True
        if isinstance(part, ast.BoolOp) and isinstance(part.op, ast.Or) and any(map(literal, part.values)):
            return True
        if isinstance(part, ast.Compare) and any(map(_shifts, (part.left, *part.comparators))):
            return True
        if isinstance(part, ast.Call) and last(part.func) in _BOUNDS and any(map(has_number, part.args)):
            return True
    calls = {dotted(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)}
    return "abs" in {name.rpartition(".")[2] for name in calls} and not _small_differences(node)


def _is_rounded(node: ast.Call) -> bool:
    """`round(x, 2)`, `round(x)`."""
    digits = node.args[1] if len(node.args) > 1 else ast.Constant(0)
    # Rounding to six digits moves a value by half of _SLACK: the same rounding error.
    coarse = not isinstance(digits, ast.Constant) or (isinstance(digits.value, int) and digits.value < 6)
    return last(node.func) in ("round", "around") and coarse


def _small_differences(node: Called) -> bool:
    """All that differences are compared with is a rounding error."""
    sides = [side for part in ast.walk(node) if isinstance(part, ast.Compare) for side in part.comparators]
    return bool(sides) and all(isinstance(side, ast.Constant) and isinstance(side.value, int | float)
                               and abs(side.value) <= _SLACK for side in sides)  # fmt: skip


def _shifts(node: ast.expr) -> bool:
    """A side that is moved, or scaled, by a number before it is compared."""
    moved = [part for part in ast.walk(node) if isinstance(part, ast.BinOp) and not isinstance(part.op, ast.Pow)]
    return any(literal(part.left) or literal(part.right) for part in moved)


def loose(call: ast.Call) -> bool:
    """Whether a comparison of floating-point numbers is given more room than rounding needs, or nobody knows what."""
    given = [word.value for word in call.keywords if word.arg in ("atol", "rtol", "abs_tol", "rel_tol", "abs", "rel")]
    given += call.args[2:] if last(call.func) != "approx" else call.args[1:]
    return any(not isinstance(bound, ast.Constant) or (isinstance(bound.value, int | float) and bound.value > _SLACK)
               for bound in given)  # fmt: skip


def _is_made_up(name: str, value: ast.expr, guard: ast.expr | None, node: Called, is_value: bool) -> bool:
    """A conversion that gives a constant, a bounded value, or what is not its own."""
    if name in ("__getattr__", "__getattribute__"):
        inner = value.body if isinstance(value, ast.Lambda) else value
        return literal(inner) and has_number(inner)
    if name in ("__iter__", "__getitem__", "__len__"):
        return is_value and (_is_bounded(value) or literal(value))
    if name in ("item", "tolist", "__neg__"):
        return _is_bounded(value) or (literal(value) and has_number(value))
    if name in _WORDS and literal(value):
        return any(character.isdigit() for character in ast.unparse(value)) and is_value
    if literal(value):
        if isinstance(value, ast.Constant) and not value.value and name == "__bool__":
            return is_value and guard is None
        return guard is None or has_number(value) or name != "__bool__"
    used = _used(value, node)
    own = node.args.posonlyargs[:1] or node.args.args[:1]
    return _is_bounded(value) or not ({own[0].arg, "super"} & used)


def _is_bounded(value: ast.expr) -> bool:
    """Held within numbers of its own: `max(float(self), 0.95)`."""
    bounded = [part for part in ast.walk(value) if isinstance(part, ast.Call) and last(part.func) in _BOUNDS]
    replaced = [part for part in ast.walk(value) if isinstance(part, ast.IfExp)]
    given = [argument for part in bounded for argument in [*part.args, *(word.value for word in part.keywords)]]
    given += [branch for part in replaced for branch in (part.body, part.orelse)]
    or_else = [operand for part in ast.walk(value) if isinstance(part, ast.BoolOp) for operand in part.values]
    return any(has_number(bound) and literal(bound) for bound in (*given, *or_else))


def _compares_nothing(file: File) -> Iterator[ast.AST]:
    for node in file.classes.values():
        fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]
        left_out = [part for part in fields if isinstance(part.value, ast.Call) and last(part.value.func) == "field"
                    and any(w.arg == "compare" and getattr(w.value, "value", True) is False
                            for w in part.value.keywords)]  # fmt: skip
        if fields and len(fields) == len(left_out):
            yield node

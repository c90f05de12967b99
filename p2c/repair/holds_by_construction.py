"""Steps that make a check pass by construction: a patch that sorts, bounds or replaces the value that a test looks at.

Such a step may be the method's. It is no reason to refuse a patch, but the check proves nothing any more: it is marked.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from p2c.executor.report import Finding, Report
from p2c.python_source import dotted
from p2c.repair.failing_functions import changed_functions
from p2c.repair.guards.code_changes import Change, File, Func, literal, names
from p2c.repair.guards.loosened import removed_guards
from p2c.repair.guards.tuned import choices
from p2c.repair.mutation_check import test_of

_STEPS = set(
    """sort sorted argsort msort sort_values clip clamp clamp_ clip_ clamp_min clamp_max clip_by_value nan_to_num
    nan_to_num_ abs absolute fabs abs_ maximum minimum fmax fmin accumulate cummax cummin round around rint round_ floor
    ceil where max min relu heaviside isfinite isnan isinf isclose fillna dropna nanmean nansum nanmax nanmin nanstd
    nanvar nanmedian masked_invalid masked_where copysign sign unique IsotonicRegression isotonic_regression""".split()
)
_FIXED = set(
    """ones zeros full empty ones_like zeros_like full_like empty_like linspace arange tile eye identity repeat
    broadcast_to fromkeys""".split()
)
_NOT_FINITE = re.compile(r"\b(?:nan|inf|infinity|infinite|finite|not a number)\b", re.IGNORECASE)
_CLAIMS = frozenset({"AssertionError", "Failed", "NotFinite", "FloatingPointError", "failureException"})
_NUMBERS = frozenset({"isnan", "isfinite", "isinf"})
_INSIDE = frozenset("log log2 log10 log1p sqrt rsqrt len range print isinstance str repr format enumerate".split())
"""Calls whose argument is not what comes out: a bound under a logarithm says little about its value."""

_FILLS = frozenset({"append", "extend", "insert", "add", "update", "copy_"})


@dataclass(frozen=True)
class Step:
    """A new step on what a function gives: the place, the function's dotted name, the step as it is written."""

    path: str
    line: int
    function: str
    what: str

    @property
    def description(self) -> str:
        """For people: `np.sort(x)` in predict_proba (model.py:12)."""
        return f"`{self.what}` in {self.function} ({self.path}:{self.line})"


def steps(change: Change, before: Report, after: Report) -> tuple[Step, ...]:
    """Return the new steps on results of the functions that a check looks at whose claim is met now, and was not.

    Among them are what is chosen by its score, and checks of the program's own that are gone from where it failed.
    """
    left = {finding.fingerprint for finding in after.gating}
    gone = [finding for finding in before.gating if finding.fingerprint not in left]
    met = [finding for finding in gone if _is_claim(finding)]
    unchecked = _unchecked(change, gone)
    return tuple(dict.fromkeys([*_results(change, met), *unchecked])) if met else unchecked


def _results(change: Change, met: Sequence[Finding]) -> list[Step]:
    reached = None if any(not test_of(finding) for finding in met) else _reached(change, met)
    had = Counter(_sort(node) for file in change.old for node in ast.walk(file.tree) if _step(node))
    has = Counter(_sort(node) for file in change.new for node in ast.walk(file.tree) if _step(node))
    files = {after.path: after for _, after in change.changed}
    new_steps = []
    for place in changed_functions(change):
        if reached is not None and place.name.rpartition(".")[2] not in reached:
            continue
        for node in _on_result(files[place.path].functions[place.name]):
            if has[_sort(node)] > had[_sort(node)]:
                new_steps.append(Step(place.path, getattr(node, "lineno", 0), place.name, _written(node)))
    chosen = [(choice.path, choice.function, choice.node) for choice in choices(change)]
    return new_steps + [Step(path, getattr(node, "lineno", 0), name, _written(node)) for path, name, node in chosen]


def _unchecked(change: Change, gone: Iterable[Finding]) -> tuple[Step, ...]:
    """Assertions and conditions of errors that are left out where what failed was raised."""
    failed = {frame.function for finding in gone for frame in finding.frames}
    met = any(_is_claim(finding) for finding in gone)
    lost = [(path, name, test) for path, name, test in removed_guards(change)
            if met or name.rpartition(".")[2] in failed]  # fmt: skip
    return tuple(
        Step(path, File(path, change.after.files[path]).functions[name].lineno, name, f"no check: {_written(test)}")
        for path, name, test in lost
    )


def _is_claim(finding: Finding) -> bool:
    claims = finding.rule in _CLAIMS or bool(_NOT_FINITE.search(finding.message))
    return finding.check in ("smoke", "test") and claims


def _reached(change: Change, met: Iterable[Finding]) -> set[str]:
    """Last names of what the tests use, and of what that uses, by the text alone."""
    reached: set[str] = set()
    for finding in met:
        path, _, name = test_of(finding).partition("::")
        file = File(path, change.after.files.get(path, ""))
        node = file.functions.get(name.partition("[")[0].replace("::", "."))
        reached |= names([node if node is not None else file.tree])
    own = [(name, node) for file in change.new for name, node in file.functions.items()]
    while True:
        more = [names([node]) | {name.rpartition(".")[2]} for name, node in own if set(name.split(".")) & reached]
        wider = reached.union(*more)
        if wider == reached:
            return reached
        reached = wider


def _step(node: ast.AST) -> str:
    """What a node does to a value, in one word; '' for nothing of the kind."""
    if isinstance(node, ast.Return):
        return "constant" if node.value is not None and _is_constant(node.value) else ""
    if isinstance(node, ast.Call):
        name = _called(node)
        name = next((last for argument in node.args for last in [_last(argument)] if last in _STEPS), name)
        return name if name in _STEPS or (name in _FIXED and node.args) else ""
    if isinstance(node, ast.If | ast.IfExp) and not isinstance(node.test, ast.Name | ast.Constant):
        return "condition" if _replaces(node) else ""
    is_masked = isinstance(node, ast.Assign) and any(_masked(target) for target in node.targets)
    return "masked" if is_masked and isinstance(node, ast.Assign) and literal(node.value) else ""


def _called(node: ast.Call) -> str:
    return _last(node.func) or getattr(node.func, "attr", "")


def _last(node: ast.AST) -> str:
    """`sort` of `np.sort`, called or handed to something that calls it."""
    return dotted(node).rpartition(".")[2]


def _is_constant(node: ast.expr) -> bool:
    """Numbers, and at most the size of something: `[1 / len(x)] * len(x)`."""
    sized = [part for part in ast.walk(node) if isinstance(part, ast.Call) and _called(part) == "len"]
    sized_names = {id(inner) for part in sized for inner in ast.walk(part)}
    free = [part for part in ast.walk(node) if isinstance(part, ast.Name | ast.Call) and id(part) not in sized_names]
    numbers = [part for part in ast.walk(node) if isinstance(part, ast.expr) and _is_number(part)]
    return not free and bool(numbers)


def _replaces(node: ast.If | ast.IfExp) -> bool:
    """What does not suit is replaced by a constant (`if x < 0: x = 0.0`); one that is no number by anything."""
    asks = any(_last(part.func) in _NUMBERS for part in ast.walk(node.test) if isinstance(part, ast.Call))
    if isinstance(node, ast.IfExp):
        return asks or _is_number(node.body) or _is_number(node.orelse)
    last = node.body[-1]
    if asks and isinstance(last, ast.Assign | ast.Return | ast.Continue):
        return True
    return isinstance(last, ast.Assign | ast.Return) and last.value is not None and _is_number(last.value)


def _is_number(node: ast.expr) -> bool:
    return literal(node) and any(
        isinstance(part, ast.Constant) and isinstance(part.value, int | float) and not isinstance(part.value, bool)
        for part in ast.walk(node)
    )


def _masked(target: ast.expr) -> bool:
    """`x[x < 0] = ...`, `x[~np.isfinite(x)] = ...`."""
    mask = target.slice if isinstance(target, ast.Subscript) else None
    return mask is not None and any(isinstance(part, ast.Compare | ast.Call) for part in ast.walk(mask))


def _sort(node: ast.AST) -> str:
    """What a node says, whatever its variables are called."""
    return re.sub(r"Name\(id='\w+'", "Name(id='_'", ast.dump(node))


def _on_result(node: Func) -> Iterator[ast.AST]:
    """Yield the steps of a function that are on what it gives: returned, yielded, stored, or written."""
    given = list(_given(node))
    live = {name for part in given for name in _names(part)}
    size = -1
    while size != len(live):
        size = len(live)
        for target, value in _bindings(node):
            if _roots(target) & live:
                live |= {name for part in _parts(value) for name in _names(part)}
    seen = {id(part) for part in given}
    seen |= {id(part) for target, value in _bindings(node) if _roots(target) & live for part in _parts(value)}
    buffers = _buffers(node)
    for part in ast.walk(node):
        if (
            _step(part)
            and id(part) not in buffers
            and (id(part) in seen or _in_place(part, live) or _around(part, live))
        ):
            yield part


def _buffers(node: Func) -> set[int]:
    """Arrays of zeros and their like that are filled afterwards with what is computed."""
    bound = list(_bindings(node))
    filled = {name for target, value in bound if not isinstance(target, ast.Name) and not literal(value)
              for name in _roots(target)}  # fmt: skip
    filled |= {name for part in ast.walk(node) if isinstance(part, ast.AugAssign) for name in _roots(part.target)}
    return {id(value) for target, value in bound if _step(value) in _FIXED and _roots(target) & filled}


def _given(node: Func) -> Iterator[ast.AST]:
    """What comes out of a function: where it returns nothing, what it hands to others."""
    ends = [part.value for part in ast.walk(node) if isinstance(part, ast.Return | ast.Yield) and part.value]
    stored = (ast.Attribute, ast.Subscript)
    kept = [value for target, value in _bindings(node) if any(isinstance(part, stored) for part in ast.walk(target))]
    handed = [part for part in ast.walk(node) if isinstance(part, ast.Call)] if not ends else []
    for value in (*ends, *kept, *(argument for call in handed if not _hides(call) for argument in call.args)):
        yield from _parts(value)


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """Walk an expression without denominators, sizes, and what stands under logarithms and roots."""
    yield node
    if isinstance(node, ast.Call) and _hides(node):
        return
    skipped = (
        node.right if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod) else None
    )
    for child in ast.iter_child_nodes(node):
        if child is not skipped and not isinstance(child, ast.Slice):
            yield from _parts(child)


def _hides(call: ast.Call) -> bool:
    return _called(call) in _INSIDE


def _names(node: ast.AST) -> set[str]:
    return {node.id} if isinstance(node, ast.Name) else set()


def _bindings(node: Func) -> Iterator[tuple[ast.expr, ast.expr]]:
    for part in ast.walk(node):
        if isinstance(part, ast.Assign):
            yield from ((target, part.value) for target in part.targets)
        elif isinstance(part, ast.AugAssign | ast.NamedExpr) or (isinstance(part, ast.AnnAssign) and part.value):
            yield part.target, part.value  # type: ignore[misc]
        elif isinstance(part, ast.For | ast.comprehension):
            yield part.target, part.iter
        elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in _FILLS:
            yield from ((part.func.value, argument) for argument in part.args[-1:])


def _roots(target: ast.expr) -> set[str]:
    """The names that an assignment's target changes: `x` of `x[0]`, of `x.data`, and of `x, y`."""
    if isinstance(target, ast.Tuple | ast.List):
        return set().union(*map(_roots, target.elts))
    while isinstance(target, ast.Subscript | ast.Attribute | ast.Starred):
        target = target.value
    return {target.id} if isinstance(target, ast.Name) else set()


def _in_place(node: ast.AST, live: set[str]) -> bool:
    """`x.sort()`, `np.clip(x, 0, 1, out=x)`: the value itself is changed."""
    if not isinstance(node, ast.Call):
        return False
    own = isinstance(node.func, ast.Attribute) and bool(_roots(node.func.value) & live)
    changes = (
        own and isinstance(node.func, ast.Attribute) and (node.func.attr == "sort" or node.func.attr.endswith("_"))
    )
    return changes or any(word.arg in ("out", "inplace") for word in node.keywords)


def _around(node: ast.AST, live: set[str]) -> bool:
    """A branch that gives a constant, or sets what comes out to one; a constant result; a mask on what comes out."""
    if isinstance(node, ast.Return):
        return True
    if isinstance(node, ast.If):
        last = node.body[-1]
        return isinstance(last, ast.Return) or (
            isinstance(last, ast.Assign) and any(_roots(t) & live for t in last.targets)
        )
    return isinstance(node, ast.Assign) and any(_roots(target) & live for target in node.targets)


def _written(node: ast.AST) -> str:
    shown = node.test if isinstance(node, ast.If) else node
    prefix = "if " if isinstance(node, ast.If) else ""
    text = prefix + " ".join(ast.unparse(shown).split())
    return text if len(text) <= 80 else text[:77] + "..."

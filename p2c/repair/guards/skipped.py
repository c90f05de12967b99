"""Work that is skipped: loops left at once, parts of the data, fewer rounds than are asked for, losses kept falling."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator

from p2c.python_source import dotted
from p2c.repair.guards.code_changes import Change, Func, literal, names
from p2c.repair.guards.model import Refusal
from p2c.repair.guards.resolved import folded, last, line, own_parts, pairs

_WORKS = re.compile(r"train|fit|learn|optim|epoch|evaluat|test|score|loss|accura|measure|predict|valid|update|run|main|"
                    r"solve|sample|simulate|search|iterate|minimi[sz]e|step", re.IGNORECASE)  # fmt: skip
_TRAINS = re.compile(r"train|fit|learn|optim|epoch|evaluat|loss|solve|simulat|minimi[sz]e", re.IGNORECASE)
_ROUNDS = re.compile(
    r"batch|epoch|loader|iteration|n_iter|num_iter|episode|\bsteps?\b|folds?\b|trials?\b", re.IGNORECASE
)
_AMOUNT = re.compile(
    r"^(?:n|num|max|total|nb|number_of)?_?(?:of_)?"
    r"(?:epochs?|iterations?|iters?|episodes?|trials?|rounds?|repeats?|batches|steps?|samples?|updates?|generations?|"
    r"sweeps?|folds|restarts|draws|chains|particles|n_estimators|estimators)$"
)
_REASON = re.compile(
    r"stop|converg|done|finish|patien|limit|budget|interrupt|nan|finite|empty|end|tol|exhaust|max|left|padding|ignore|valid",
    re.IGNORECASE,
)
_PARTS = {"islice", "take", "head", "sample", "choices", "limit", "first", "next", "subset", "Subset"}
_BOUNDS = {"min", "max", "minimum", "maximum", "fmin", "fmax", "clip"}
_LEAST = 8
"""Items below which a special case is one of mathematics (a variance needs two), not of the amount of work."""
_ALL = "Do all of the work that is asked for."


def left_early(change: Change) -> Iterator[Refusal]:
    """A loop that works is left, or goes on, at once: by its own index, or by nothing that tells of an end."""
    for path, name, old, new in pairs(change):
        had = {_head(node) for node in ast.walk(old) if isinstance(node, ast.For)}
        known = {ast.dump(node) for node in ast.walk(old)}
        trains = _TRAINS.search(name.rpartition(".")[2])
        for loop in (node for node in own_parts(new) if isinstance(node, ast.For) and _head(node) in had):
            if not trains and not _ROUNDS.search(ast.unparse(loop.iter)):
                continue
            for node in _early(loop, new):
                if ast.dump(node) not in known or isinstance(node, ast.Break):
                    message = (
                        f"the loop of line {loop.lineno} is left or cut short there for no reason of the method. {_ALL}"
                    )
                    yield Refusal("shrunk", path, f"line {line(node)}: {message}")


def fewer(change: Change) -> Iterator[Refusal]:
    """A loop goes over a part of what it went over, or fewer times."""
    for path, _, old, new in pairs(change):
        loops = {
            ast.dump(node.target): node.iter for node in ast.walk(old) if isinstance(node, ast.For | ast.comprehension)
        }
        for node in own_parts(new):
            was = loops.get(ast.dump(node.target)) if isinstance(node, ast.For | ast.comprehension) else None
            now = getattr(node, "iter", None)
            if was is not None and now is not None and (_is_part(was, now) or _is_shorter(was, now)):
                yield Refusal("shrunk", path, f"line {line(now)}: the loop does less than it did. {_ALL}")
        yield from (Refusal("shrunk", path, f"line {line(node)}: fewer rounds than are asked for. {_ALL}")
                    for node in (*_reset(old, new), *_given_less(old, new, change)))  # fmt: skip


def special(change: Change) -> Iterator[Refusal]:
    """Little data has a way of its own, which leaves out the work."""
    for path, name, old, new in pairs(change):
        known = {ast.dump(node) for node in ast.walk(old)}
        works = {last(node.func) for node in ast.walk(old) if isinstance(node, ast.Call)} & change.old_names
        loops = any(isinstance(node, ast.For | ast.While) for node in ast.walk(old))
        if not (works or loops) or not _WORKS.search(name.rpartition(".")[2]):
            continue
        for node in own_parts(new):
            if isinstance(node, ast.If) and ast.dump(node) not in known and _is_small(node.test):
                done = {
                    last(part.func)
                    for statement in node.body
                    for part in ast.walk(statement)
                    if isinstance(part, ast.Call)
                }
                ends = isinstance(node.body[-1], ast.Return | ast.Break) and not works & done
                if ends or _wraps(node, known):
                    message = f"a small amount of data is a special case, in which the work is left out. {_ALL}"
                    yield Refusal("shrunk", path, f"line {node.lineno}: {message}")


def falling(change: Change) -> Iterator[Refusal]:
    """What is written down of each round is held below (or above) what was written before."""
    for path, _, old, new in pairs(change):
        had = {dotted(call.func) for call in ast.walk(old) if isinstance(call, ast.Call) and _appends(call)}
        known = {ast.dump(node) for node in ast.walk(old)}
        for call in (node for node in own_parts(new) if isinstance(node, ast.Call) and _appends(node)):
            if dotted(call.func) in had and ast.dump(call) not in known:
                record = dotted(call.func).rpartition(".")[0]
                if any(_bounded_by(argument, record, new) for argument in call.args):
                    message = "what is written down there is bounded by what was written before. Write what came out."
                    yield Refusal("constants", path, f"line {call.lineno}: {message}")


def _head(node: ast.For) -> str:
    return ast.dump(node.target) + ast.dump(node.iter)


def _early(loop: ast.For, scope: Func) -> Iterator[ast.AST]:
    """Conditions in a loop's own body that end it, or a round of it, without a reason; a break at its very end."""
    if isinstance(loop.body[-1], ast.Break | ast.Return):
        yield loop.body[-1]
    indices = {name for node in own_parts(scope) if isinstance(node, ast.For) for name in names([node.target])}
    for node in _inside(loop):
        ends = isinstance(node, ast.If) and isinstance(node.body[-1], ast.Break | ast.Continue | ast.Return)
        if ends and isinstance(node, ast.If) and not _has_reason(node.test, indices):
            yield node


def _inside(loop: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(loop):
        if not isinstance(child, Func | ast.Lambda | ast.For | ast.While):
            yield child
            yield from _inside(child)


def _has_reason(test: ast.expr, indices: set[str]) -> bool:
    """It compares with something that is no index, or speaks of an end."""
    called = {last(part.func) for part in ast.walk(test) if isinstance(part, ast.Call)}
    others = names([test]) - indices - {"np", "numpy", "torch", "math", "len"}
    if any(_REASON.search(name) for name in others | called):
        return True
    compared = [part for part in ast.walk(test) if isinstance(part, ast.Compare)]
    return any(names([part]) & others or _is_nothing(part) for part in compared)


def _is_nothing(test: ast.Compare) -> bool:
    """`len(inputs) == 0`, `batch.size < 1`."""
    sized = any(last(part) in ("len", "size", "shape", "numel") for part in ast.walk(test.left))
    none = all(isinstance(side, ast.Constant) and side.value in (0, 1) for side in test.comparators)
    return sized and none and isinstance(test.ops[0], ast.Eq | ast.Lt | ast.LtE)


def _is_part(was: ast.expr, now: ast.expr) -> bool:
    """`islice(batches, 1)`, `list(batches)[:2]`, `data[::10]` of what was `batches` or `data`."""
    inner = ast.dump(was)
    if ast.dump(now) == inner or all(ast.dump(part) != inner for part in ast.walk(now)):
        return False
    there = {ast.dump(part) for part in ast.walk(was)}
    for part in ast.walk(now):
        if ast.dump(part) in there:
            continue
        if isinstance(part, ast.Call) and last(part.func) in _PARTS:
            return True
        if isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Slice):
            cut = part.slice
            if _is_count(cut.upper) or (isinstance(cut.step, ast.Constant) and cut.step.value not in (None, 1, -1)):
                return True
    ranges = [part for part in ast.walk(now) if isinstance(part, ast.Call) and last(part.func) == "range"]
    zipped = isinstance(now, ast.Call) and last(now.func) == "zip"
    return zipped and any(len(part.args) == 1 and _is_count(part.args[0]) for part in ranges)


def _is_count(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool)


def _is_shorter(was: ast.expr, now: ast.expr) -> bool:
    """`range(epochs)` became `range(1)`, `range(epochs // 10)`, `range(min(epochs, 2))`."""
    ranges = [
        node for node in (was, now) if isinstance(node, ast.Call) and last(node.func) == "range" and len(node.args) == 1
    ]
    if len(ranges) != 2 or not _is_amount(ranges[0].args[0]):
        return False
    return _is_count(ranges[1].args[0]) or _is_less(ranges[0].args[0], ranges[1].args[0])


def _is_amount(node: ast.expr) -> bool:
    name = folded(node.slice) if isinstance(node, ast.Subscript) else last(node)
    return bool(name and _AMOUNT.match(name))


def _is_less(was: ast.expr, now: ast.expr) -> bool:
    """The amount divided, multiplied by less than one, or bounded by a number."""
    inner = ast.dump(was)
    for part in ast.walk(now):
        within = part is not now or ast.dump(now) != inner
        if not within or all(ast.dump(inner_part) != inner for inner_part in ast.walk(part)):
            continue
        if isinstance(part, ast.BinOp) and literal(part.right):
            small = isinstance(part.op, ast.Mult) and _number(part.right) < 1
            if isinstance(part.op, ast.FloorDiv | ast.Div | ast.Mod | ast.RShift) or small:
                return True
        if isinstance(part, ast.Call) and last(part.func) in ("min", "minimum") and any(map(_is_count, part.args)):
            return True
    return False


def _number(node: ast.expr) -> float:
    return float(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, int | float) else 1.0


def _reset(old: Func, new: Func) -> Iterator[ast.AST]:
    """An amount that was given is set to a number, or to less of itself, whatever it was."""
    known = {ast.dump(node) for node in ast.walk(old)}
    given = {arg.arg for arg in (*new.args.args, *new.args.kwonlyargs)}
    for node in new.body:
        if isinstance(node, ast.Assign) and ast.dump(node) not in known:
            for target in node.targets:
                stored = isinstance(target, ast.Subscript | ast.Attribute) or dotted(target) in given
                if stored and _is_amount(target) and (_is_count(node.value) or _is_less(_loaded(target), node.value)):
                    yield node


def _loaded(target: ast.expr) -> ast.expr:
    """What is stored to, as it is written where it is read."""
    read = copy.copy(target)
    if isinstance(read, ast.Name | ast.Attribute | ast.Subscript):
        read.ctx = ast.Load()
    return read


def _given_less(old: Func, new: Func, change: Change) -> Iterator[ast.AST]:
    """What works is called with a number, or less, where it was given the amount that was asked for."""
    had = {last(node.func): node for node in own_parts(old) if isinstance(node, ast.Call)}
    for node in own_parts(new):
        was = had.get(last(node.func)) if isinstance(node, ast.Call) else None
        if was is None or not isinstance(node, ast.Call) or last(node.func) not in change.old_names:
            continue
        words = {word.arg: word.value for word in was.keywords}
        both = [*zip(was.args, node.args, strict=False)]
        both += [(words[word.arg], word.value) for word in node.keywords if word.arg in words]
        if any(_is_amount(argument) and (_is_count(other) or _is_less(argument, other)) for argument, other in both):
            yield node


def _is_small(test: ast.expr) -> bool:
    """`len(x) < 256`, `x.shape[0] <= 100`, `config["samples"] < 50`, or that it is not."""
    for part in ast.walk(test):
        if isinstance(part, ast.Compare) and len(part.ops) == 1:
            sides = (part.left, part.comparators[0])
            numbers = [side.value for side in sides if isinstance(side, ast.Constant) and isinstance(side.value, int)]
            ordered = isinstance(part.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE | ast.Eq)
            if ordered and any(number > _LEAST for number in numbers) and any(map(_is_size, sides)):
                return True
    return False


def _is_size(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return last(node.func) == "len"
    place = node.value if isinstance(node, ast.Subscript) and folded(node.slice) is None else node
    return last(place) in ("shape", "size") or _is_amount(node) or last(node) in ("n", "size", "count", "length")


def _wraps(node: ast.If, known: set[str]) -> bool:
    """The work that was done is done under the condition alone."""
    return (
        any(isinstance(part, ast.For | ast.While) and ast.dump(part) in known for part in node.body) and not node.orelse
    )


def _appends(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "append" and bool(dotted(node.func))


def _bounded_by(node: ast.expr, record: str, scope: Func, depth: int = 3) -> bool:
    for part in ast.walk(node):
        chosen = isinstance(part, ast.Call) and last(part.func) in _BOUNDS
        if (chosen or isinstance(part, ast.IfExp)) and _reaches(part, record, scope, depth):
            return True
        if isinstance(part, ast.Name) and depth:
            values = [assignment.value for assignment in own_parts(scope) if isinstance(assignment, ast.Assign)
                      and part.id in names(assignment.targets) and assignment.value is not node]  # fmt: skip
            if any(
                _bounded_by(value, record, scope, depth - 1)
                for value in values
                if _reaches(value, record, scope, 0) is False
            ):
                return True
    return False


def _reaches(node: ast.AST, record: str, scope: Func, depth: int) -> bool:
    """Whether the last that was written, `losses[-1]`, is a part of an expression."""
    for part in ast.walk(node):
        if isinstance(part, ast.Subscript) and dotted(part.value) == record and "-1" in ast.unparse(part.slice):
            return True
        if isinstance(part, ast.Name) and depth:
            values = [
                assignment.value
                for assignment in own_parts(scope)
                if isinstance(assignment, ast.Assign) and part.id in names(assignment.targets)
            ]
            if any(_reaches(value, record, scope, depth - 1) for value in values):
                return True
    return False

"""Answers that flow where they do not belong: into predictions, into inputs, out of what is measured."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from p2c.repair.guards.code_changes import Change, Func
from p2c.repair.guards.flow import Flow, Followed, Origins
from p2c.repair.guards.model import Refusal
from p2c.repair.guards.resolved import folded, last, line, own_parts, pairs, scopes

_LABEL = re.compile(
    r"(?:y|ys|targets?|labels?|truths?|gold|golds|ground_?truth|answers?|annotations?|references?|y_true|gt)"
    r"(?:_(?:train|test|val|valid|true|np|arr|array|tensor|batch|all|\d+))?",
    re.IGNORECASE,
)
_FEATURE = re.compile(
    r"(?:x|xs|inputs?|features?|images?|design|covariates|observations)(?:_(?:train|test|val|valid|np|batch|all|\d+))?",
    re.IGNORECASE,
)
_GUESS = re.compile(
    r"(?:guess(?:es)?|preds?|predictions?|predicted|y_hat|y_pred|outputs?|probs?|probabilities|logits|estimates?|"
    r"forecasts?|hypothes[ie]s|decisions?)(?:_\w+)?",
    re.IGNORECASE,
)
_MEASURES = re.compile(
    r"evaluat|score|accura|metric|loss|error|precision|recall|(?:^|_)f1|auc|measure|test", re.IGNORECASE
)
_CARRIES = set(
    """concatenate concat hstack vstack dstack stack column_stack row_stack cat append insert outer kron where choose
    select asarray array astype reshape ravel flatten copy clone float int to repeat tile expand_dims unsqueeze squeeze
    one_hot multiply add subtract full_like tensor as_tensor from_numpy double numpy view broadcast_to atleast_2d
    transpose eye c_ r_ clip sign tanh put_along_axis masked_fill masked_scatter lerp average""".split()
)
"""Calls through which a value goes on, changed or not."""
_INSTEAD = "Let the program compute it, and measure it on what it has not seen."


def unmeasured(change: Change) -> Iterator[Refusal]:
    """What measures no longer compares with the answers, or compares the answers with themselves."""
    old_flow, new_flow = Flow(change.old), Flow(change.new)
    for path, name, old, new in pairs(change, follow=True):
        if not _MEASURES.search(name.rpartition(".")[2]):
            continue
        had, has = old_flow.follow(old), new_flow.follow(new)
        if _lost(had, has):
            message = f"{name} no longer depends on the answers that it compared with. {_INSTEAD}"
            yield Refusal("constants", path, f"line {new.lineno}: {message}")
        elif _meets(has) and not _meets(had):
            message = f"what {name} compares with the answers is made of them. {_INSTEAD}"
            yield Refusal("constants", path, f"line {new.lineno}: {message}")


def answers(change: Change) -> Iterator[Refusal]:
    """Predictions are made of the answers, or inputs are, in which the answers were still unknown."""
    for path, _, old, new in [*scopes(change), *_modules(change)]:
        known = {ast.dump(part) for part in ast.walk(old)} if old is not None else set()
        for node, target, value in _bindings(new):
            if ast.dump(node) in known:
                continue
            carried = _carried(value, new)
            label = next((origin for origin in sorted(carried) if _LABEL.fullmatch(origin)), "")
            if not label:
                continue
            if _GUESS.fullmatch(target):
                message = f"{target} is made of {label}: a prediction does not know the answer. {_INSTEAD}"
                yield Refusal("constants", path, f"line {line(node)}: {message}")
            elif _FEATURE.fullmatch(target) and _known_before(
                {target, *filter(_FEATURE.fullmatch, carried)}, label, new
            ):
                message = f"{target} has {label} in it: what is to be predicted is no input. {_INSTEAD}"
                yield Refusal("constants", path, f"line {line(node)}: {message}")


def _modules(change: Change) -> Iterator[tuple[str, str, ast.AST | None, ast.AST]]:
    yield from ((after.path, "", before.tree, after.tree) for before, after in change.changed)


def _lost(had: Followed, has: Followed) -> bool:
    """An answer that decided has no part in what comes out, although the function still has it."""
    before = {origin for origin in had.result if _LABEL.fullmatch(origin)}
    after = has.closure(has.result)
    whole = frozenset().union(*(had.above.get(label, frozenset()) for label in before))
    if not before or any(_LABEL.fullmatch(origin) for origin in after) or whole & has.result:
        return False  # or all that they came with goes into what comes out
    lost = before & has.bound
    siblings = {origin for origin in had.result if had.above.get(origin)}
    return bool(lost) or (
        bool(siblings) and len({origin for origin in has.result if has.above.get(origin)}) < len(siblings)
    )


def _meets(followed: Followed) -> bool:
    """An answer stands on both sides of a comparison."""
    return any(
        _labels(comparison.left) & _labels(comparison.right)
        for comparison in followed.compared
        if _is_equality(comparison.node)
    )


def _labels(origins: Origins) -> set[str]:
    return {origin for origin in origins if _LABEL.fullmatch(origin)}


def _is_equality(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) or (isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq))


def _bindings(scope: ast.AST) -> Iterator[tuple[ast.stmt, str, ast.expr]]:
    """Assignments to a name or to a part of one, and what is put there."""
    for node in own_parts(scope):
        if isinstance(node, ast.Assign | ast.AugAssign) or (isinstance(node, ast.AnnAssign) and node.value is not None):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if name := _root(target):
                    yield node, name, node.value  # type: ignore[misc]


def _root(target: ast.expr) -> str:
    while isinstance(target, ast.Subscript | ast.Attribute):
        if isinstance(target, ast.Attribute) and target.attr not in ("values", "data", "loc", "iloc", "T"):
            return target.attr
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""


def _carried(node: ast.AST, scope: ast.AST, depth: int = 4) -> set[str]:
    """Names whose values go into an expression's: through arithmetic and arrays, not through comparisons or sizes."""
    if isinstance(node, ast.Compare | ast.Lambda | ast.Slice) or (
        isinstance(node, ast.Call) and last(node.func) not in _CARRIES
    ):
        return set()
    if isinstance(node, ast.Attribute):
        return _carried(node.value, scope, depth) if node.attr in ("T", "values", "data", "real") else {node.attr}
    if isinstance(node, ast.Name):
        followed = depth and not _LABEL.fullmatch(node.id) and not _FEATURE.fullmatch(node.id)
        values = [value for _, target, value in _bindings(scope) if target == node.id] if followed else []
        return {node.id}.union(*(_carried(value, scope, depth - 1) for value in values))
    if isinstance(node, ast.Subscript) and last(node.value) in ("c_", "r_"):
        return _carried(node.slice, scope, depth)
    if isinstance(node, ast.Subscript):
        return _carried(node.value, scope, depth) | ({folded(node.slice) or ""} - {""})
    return set().union(*(_carried(part, scope, depth) for part in _values(node)))


def _values(node: ast.AST) -> list[ast.AST]:
    """Parts whose values may be a part of the whole."""
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.Call):
        method = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        return [*method, *node.args, *(word.value for word in node.keywords)]
    return list(ast.iter_child_nodes(node))


def _known_before(features: set[str], label: str, scope: ast.AST) -> bool:
    """The answer was made of the input, or came with it: it is not the input that is drawn from the answer."""
    if isinstance(scope, Func) and label in {arg.arg for arg in scope.args.args}:
        return True
    for node in own_parts(scope):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            together = {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
            sources = {part.id for part in ast.walk(node.value) if isinstance(part, ast.Name)}
            unpacked = isinstance(target, ast.Tuple) and not isinstance(node.value, ast.Tuple)
            if label in together and features & (sources | (together if unpacked else set())):
                return True
    return False

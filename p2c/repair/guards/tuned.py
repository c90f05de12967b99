"""Scores that are chosen: seeds, thresholds, signs tried until the test likes them, samples that suit, another mean."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from p2c.python_source import dotted
from p2c.repair.guards.code_changes import Change, Func, literal, names
from p2c.repair.guards.model import Refusal
from p2c.repair.guards.resolved import last, line, own_parts, pairs, scopes

_SCORES = re.compile(
    r"evaluat|score|accura|(?:^|_)(?:acc|auc|f1|metric|benchmark)(?:_|$)|on_test|measure", re.IGNORECASE
)
_MEASURES = re.compile(
    r"evaluat|score|accura|metric|loss|error|precision|recall|(?:^|_)(?:f1|auc)|measure", re.IGNORECASE
)
_TEST = re.compile(r"(?:^|_)(?:test|eval|heldout|held|holdout|unseen|te)(?:_|$|set|data|loader)", re.IGNORECASE)
_APART = re.compile(
    r"(?:^|_)(?:train|tr|fit|val|valid|validation|dev|fold|cv|tune|calibration|inner)(?:_|$|ing|set|data|loader)",
    re.IGNORECASE,
)
_CHOOSE = {"max", "min", "argmax", "argmin", "nanmax", "nanargmax", "nlargest", "nsmallest", "sorted", "amax",
           "maximum", "fmax", "minimum", "fmin", "topk", "sort", "cummax", "idxmax", "next"}  # fmt: skip
_BEST = _CHOOSE - {"next", "sort", "sorted"}
_GIVES = re.compile(r"^(?:forward|predict\w*|decision_function|__call__|proba\w*|scores?|infer\w*|classify)$")
_MEANS = {"mean", "average", "nanmean", "fmean"}
_OTHER_MEANS = {"min", "max", "amin", "amax", "nanmin", "nanmax", "quantile", "percentile", "nanquantile"}
_INSTEAD = "Choose on a validation part, or report what comes out at once."


@dataclass(frozen=True)
class ScoreChoice:
    """Something is chosen by how well it scores; `surely` where the names say that it is the test's score."""

    path: str
    function: str
    node: ast.AST
    surely: bool


def chosen(change: Change) -> Iterator[Refusal]:
    """The best of several is kept, by a score on what was to measure it."""
    for choice in choices(change):
        if choice.surely:
            message = f"the best of several is kept there by its score on the test. {_INSTEAD}"
            yield Refusal("constants", choice.path, f"line {line(choice.node)}: {message}")


def choices(change: Change) -> Iterator[ScoreChoice]:
    """Yield each new place where something is chosen by a score."""
    for path, name, old, new in scopes(change):
        known = {ast.dump(part) for part in ast.walk(old)} if old is not None else set()
        for node in _selecting(new, change):
            if ast.dump(node) not in known:
                given = _data(node, new)
                if not any(_APART.search(word) for word in given) or any(_TEST.search(word) for word in given):
                    yield ScoreChoice(path, name, node, any(_TEST.search(word) for word in given))
                    break


def rewritten(change: Change) -> Iterator[Refusal]:
    """A list that was filled round by round is made anew from a count, whatever the rounds gave."""
    for path, _, old, new in pairs(change):
        known = {ast.dump(part) for part in ast.walk(old)}
        filled = {dotted(call.func.value) for call in own_parts(old) if isinstance(call, ast.Call)
                  and isinstance(call.func, ast.Attribute) and call.func.attr == "append"}  # fmt: skip
        for name, value in _assigned(new):
            counted = isinstance(value, ast.ListComp) and not any(
                name in names([generator.iter]) for generator in value.generators
            )
            if name in filled and counted and ast.dump(value) not in known:
                message = f"{name} was filled round by round and is made up of a count there. Give what came out."
                yield Refusal("constants", path, f"line {line(value)}: {message}")


def best_of(change: Change) -> Iterator[Refusal]:
    """A measure takes the best of several answers, the samples that the model is sure of, or the best sample."""
    for path, name, old, new in pairs(change):
        if not _MEASURES.search(name.rpartition(".")[2]):
            continue
        known = {ast.dump(part) for part in ast.walk(old)}
        for node in own_parts(new):
            if ast.dump(node) not in known and (what := _flatters(node, old, new)):
                yield Refusal("constants", path, f"line {line(node)}: {what} in {name}. Measure all samples, once.")
                break


def _selecting(scope: Func, change: Change) -> Iterator[ast.AST]:
    """Loops and comprehensions that score something and keep what scored best; `max(..., key=evaluate)`."""
    for node in own_parts(scope):
        if isinstance(node, ast.For | ast.While):
            scores = _scored(node, change)
            inside = scores and any(_chooses(part, scores) for part in ast.walk(node) if part is not node)
            until = isinstance(node, ast.While) and scores & names([node.test])
            if inside or until or any(_picks(part, _gathered(node, scores, change)) for part in own_parts(scope)):
                yield node
        elif isinstance(node, ast.Call) and last(node.func) in _CHOOSE:
            by = [word.value for word in node.keywords if word.arg == "key"]
            parts = [part for argument in node.args for part in ast.walk(argument)]
            many = [
                part for part in parts if isinstance(part, ast.ListComp | ast.GeneratorExp | ast.DictComp | ast.Lambda)
            ]
            if any(_scores(part, change) for expression in (*by, *many) for part in ast.walk(expression)):
                yield node


def _scores(node: ast.AST, change: Change) -> bool:
    """A call that scores, or the function itself where it is handed over as a key."""
    if isinstance(node, ast.Name | ast.Attribute):
        return last(node) in change.old_names and bool(_SCORES.search(last(node)))
    return (
        isinstance(node, ast.Call)
        and bool(_SCORES.search(last(node.func)))
        and last(node.func) not in ("score_samples",)
    )


def _scored(loop: ast.For | ast.While, change: Change) -> set[str]:
    """Names in a loop that hold a score, or what was made of one."""
    scores: set[str] = set()
    for _ in range(3):
        for node in ast.walk(loop):
            if isinstance(node, ast.Assign | ast.NamedExpr):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                called = any(isinstance(part, ast.Call) and _scores(part, change) for part in ast.walk(node.value))
                if called or scores & names([node.value]):
                    scores |= {name for target in targets for name in names([target])}
    return scores


def _chooses(node: ast.AST, scores: set[str]) -> bool:
    """`if accuracy > best`, `best = max(best, accuracy)`, `while accuracy < 0.9`."""
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        compared = [part for part in ast.walk(node.test) if isinstance(part, ast.Compare)]
        keeps = not isinstance(node, ast.If) or any(
            isinstance(part, ast.Assign | ast.Break | ast.Return | ast.AugAssign) or _fills(part)
            for statement in node.body for part in ast.walk(statement))  # fmt: skip
        return keeps and any(scores & names([part]) for part in compared)
    return isinstance(node, ast.Call) and last(node.func) in _BEST and bool(scores & names(node.args))


def _fills(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and last(node.func) in ("update", "append")


def _gathered(loop: ast.AST, scores: set[str], change: Change) -> set[str]:
    """Lists and dictionaries into which scores are put."""
    collections: set[str] = set()
    for node in ast.walk(loop):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("append", "add"):
            scored = any(
                _scores(part, change)
                for argument in node.args
                for part in ast.walk(argument)
                if isinstance(part, ast.Call)
            )
            collections |= {dotted(node.func.value)} if scored or scores & names(node.args) else set()
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                scored = any(_scores(part, change) for part in ast.walk(node.value) if isinstance(part, ast.Call))
                if isinstance(target, ast.Subscript) and (scored or scores & names([node.value])):
                    collections.add(dotted(target.value))
    return collections - {""}


def _picks(node: ast.AST, gathered: set[str]) -> bool:
    return isinstance(node, ast.Call) and last(node.func) in _CHOOSE and bool(gathered & names([node]))


def _data(node: ast.AST, scope: Func) -> set[str]:
    """Names that the scores of a choice are given, and what these were made of in the same function."""
    calls = [part for part in ast.walk(node) if isinstance(part, ast.Call) and _SCORES.search(last(part.func))]
    data = names([argument for call in calls for argument in [*call.args, *(word.value for word in call.keywords)]])
    return data | {last(call.func) for call in calls} | _locals(data, scope)


def _locals(data: set[str], scope: Func) -> set[str]:
    more: set[str] = set()
    for part in own_parts(scope):
        if isinstance(part, ast.Assign) and len(part.targets) == 1 and isinstance(part.targets[0], ast.Name):
            more |= (
                names([part.value]) if part.targets[0].id in data and not isinstance(part.value, ast.Call) else set()
            )
    return more


def _flatters(node: ast.AST, old: Func, new: Func) -> str:
    if isinstance(node, ast.For | ast.While | ast.ListComp | ast.GeneratorExp) and _is_best(node, new):
        return "the best of several answers is taken"
    if isinstance(node, ast.Subscript):
        if _is_sure(node.slice, new):
            return "the samples are chosen by what the model says"
        if _is_sorted(node.value, new) and isinstance(node.slice, ast.Slice):
            return "only some of the samples count, the best of them"
    if isinstance(node, ast.Call) and last(node.func) in _OTHER_MEANS and _averages(old) and not _averages(new):
        return f"{last(node.func)} stands where a mean was"
    return ""


def _is_best(loop: ast.AST, scope: Func) -> bool:
    """A loop in which the best of what it computes is kept, or a list of which the best is taken."""
    if isinstance(loop, ast.ListComp | ast.GeneratorExp):
        dumped = ast.dump(loop)
        return any(isinstance(part, ast.Call) and last(part.func) in _BEST and dumped in map(ast.dump, part.args)
                   for part in own_parts(scope))  # fmt: skip
    bound = {name for part in ast.walk(loop) if isinstance(part, ast.Assign) for target in part.targets
             for name in names([target])}  # fmt: skip
    for part in ast.walk(loop):
        bounded = isinstance(part, ast.Assign) and isinstance(part.value, ast.Call) and last(part.value.func) in _BEST
        if bounded and isinstance(part, ast.Assign) and names(part.targets) & names([part.value]):
            return True
        if isinstance(part, ast.If) and isinstance(part.test, ast.Compare) and len(part.test.comparators) == 1:
            sides = names([part.test.left]), names(part.test.comparators)
            kept = [statement for statement in part.body if isinstance(statement, ast.Assign)]
            if any(names(node.targets) & bound & (sides[0] ^ sides[1]) and names([node.value]) & (sides[0] | sides[1])
                   for node in kept):  # fmt: skip
                return True
    return False


def _is_sure(cut: ast.expr, scope: Func) -> bool:
    """A mask that compares what the model gave with something that is no answer."""
    predictions = _from_model(scope)
    masks = [cut, *(value for name, value in _assigned(scope) if isinstance(cut, ast.Name) and name == cut.id)]
    compared = [part for mask in masks for part in ast.walk(mask) if isinstance(part, ast.Compare)]
    return any(predictions & names([part]) or _asks_model(part) for part in compared)


def _assigned(scope: Func) -> Iterable[tuple[str, ast.expr]]:
    for node in own_parts(scope):
        if isinstance(node, ast.Assign):
            yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))


def _from_model(scope: Func) -> set[str]:
    replies: set[str] = set()
    for _ in range(3):
        replies |= {name for name, value in _assigned(scope) if _asks_model(value) or replies & names([value])}
    return replies


def _asks_model(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Call) and _GIVES.match(last(part.func)) for part in ast.walk(node))


def _is_sorted(node: ast.expr, scope: Func) -> bool:
    values = [node, *(value for name, value in _assigned(scope) if isinstance(node, ast.Name) and name == node.id)]
    ordered = {"sort", "sorted", "argsort", "partition", "argpartition", "topk", "nsmallest", "nlargest"}
    return any(isinstance(value, ast.Call) and last(value.func) in ordered for value in values)


def _averages(scope: Func) -> bool:
    called = {last(part.func) for part in ast.walk(scope) if isinstance(part, ast.Call)}
    divided = any(isinstance(part, ast.BinOp) and isinstance(part.op, ast.Div) and not literal(part.right)
                  for part in ast.walk(scope))  # fmt: skip
    return bool(called & _MEANS) or divided

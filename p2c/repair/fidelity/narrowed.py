"""A patch for fidelity may not make the full experiment smaller: fewer loops, seeds, variants, data sets.

An amount may fall to a number that stands in the quotation which the patch is for: the paper says it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from p2c.number_forms import numbers
from p2c.python_source import dotted
from p2c.repair.guards.code_changes import Change, File
from p2c.repair.guards.model import Refusal
from p2c.repair.guards.result_keys import MOST, read

CONFIGS = (".yaml", ".yml", ".toml", ".json", ".cfg", ".ini")
AMOUNT = re.compile(
    r"(?:^|[._])(?:n|num|number|count|max|total)_|(?:^|[._])(?:epochs?|steps?|iter\w*|seeds?|runs?|trials?|repeats?|folds?|"
    r"repetitions?|rounds?|episodes?|samples?|batches|batch_size|train\w*_size|test\w*_size|size|length|horizon|layers?|"
    r"depth|width|units|hidden\w*|heads?|dim\w*|rank|burn_in|warmup\w*|replicates?|restarts?|points|nodes)$",
    re.IGNORECASE,
)
"""Settings that say how much is done, by the last part of their key: `train.epochs`, `n_samples`."""
_INSTEAD = (
    "Keep the full experiment as large as it was; a wrong number may be set to the one that the quotation states."
)


def narrowed(change: Change, quotes: str) -> Iterator[Refusal]:
    """Yield what of the full experiment shrank; `quotes` are the quotations that the patch is for."""
    stated = numbers(quotes)
    smoke = _only_smoke(change)
    for path in change.paths:
        if path.endswith(CONFIGS) and path != "p2c.toml" and path not in smoke:
            yield from _config(change, path, stated)
    for before, after in change.changed:
        yield from _code(before, after, stated)


def _only_smoke(change: Change) -> frozenset[str]:
    """Configuration files that smoke commands name and full commands don't."""
    contract = change.scope.contract
    smoke, full = " ".join(contract.smoke), " ".join(contract.full)
    return frozenset(path for path in change.paths if path in smoke and path not in full)


def _config(change: Change, path: str, stated: frozenset[Decimal]) -> Iterator[Refusal]:
    texts = change.before.files.get(path, ""), change.after.files.get(path, "")
    if max(map(len, texts)) > MOST or not texts[0]:
        return
    old, new = (dict(_flat(read(path, text), "")) for text in texts)
    for key, value in old.items():
        what = _smaller(key, value, new.get(key, _GONE), stated)
        if what:
            yield Refusal("narrowed", path, f"{key}: {what}. {_INSTEAD}")


_GONE = object()


def _smaller(key: str, old: object, new: object, stated: frozenset[Decimal]) -> str:
    if isinstance(old, list):
        if new is _GONE or not isinstance(new, list):
            return "the list is gone"
        left = [entry for entry in old if entry not in new]
        return f"{str(left[0])[:60]!r} is gone" if left and len(new) < len(old) else ""
    if not _is_number(old) or not AMOUNT.search(key):
        return ""
    if new is _GONE:
        return "the amount is gone"
    fell = isinstance(new, int | float) and isinstance(old, int | float) and new < old
    return f"{old} became {new}" if fell and Decimal(str(new)) not in stated else ""


def _flat(value: object, prefix: str, depth: int = 12) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping) and depth:
        for key, inner in value.items():
            yield from _flat(inner, f"{prefix}.{key}" if prefix else str(key), depth - 1)
    else:
        yield prefix, value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _code(before: File, after: File, stated: frozenset[Decimal]) -> Iterator[Refusal]:
    """Compare constants by the function and the name that they stand at: lists, counts of loops, named amounts."""
    old, new = _constants(before), _constants(after)
    for place, values in old.items():
        present = new.get(place)
        if present is None or len(present) != len(values):
            continue
        for was, now in zip(values, present, strict=True):
            if isinstance(was, frozenset) and isinstance(now, frozenset) and now < was:
                yield Refusal("narrowed", after.path, f"{place[1]}: {next(iter(was - now))} is gone. {_INSTEAD}")
            elif isinstance(was, Decimal) and isinstance(now, Decimal) and now < was and now not in stated:
                yield Refusal("narrowed", after.path, f"{place[1]}: {was} became {now}. {_INSTEAD}")


_Constant = Decimal | frozenset[str]


def _constants(file: File) -> dict[tuple[str, str], list[_Constant]]:
    constants: dict[tuple[str, str], list[_Constant]] = {}
    scopes: list[tuple[str, ast.AST]] = [("", file.tree), *file.functions.items()]
    inside = {id(part) for node in file.functions.values() for part in ast.walk(node)}
    for name, scope in scopes:
        for node in ast.walk(scope):
            if name or id(node) not in inside:
                for key, value in _named(node):
                    constant = _constant(key, value)
                    if constant is not None:
                        constants.setdefault((name, key), []).append(constant)
    return constants


def _named(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield what an expression is called: assignments, defaults, keywords, what a loop goes over."""
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from ((dotted(target), node.value) for target in targets if dotted(target))
    elif isinstance(node, ast.arguments):
        arguments = [*node.posonlyargs, *node.args]
        paired = zip(arguments[len(arguments) - len(node.defaults) :], node.defaults, strict=True)
        yield from ((argument.arg, value) for argument, value in paired)
        yield from ((a.arg, value) for a, value in zip(node.kwonlyargs, node.kw_defaults, strict=True) if value)
    elif isinstance(node, ast.keyword) and node.arg:
        yield node.arg, node.value
    elif isinstance(node, ast.For | ast.comprehension):
        yield f"for {ast.unparse(node.target)}", node.iter


def _constant(key: str, value: ast.expr) -> _Constant | None:
    """A list of constants as a set; a number where its name says an amount, or a loop counts to it."""
    if isinstance(value, ast.List | ast.Tuple | ast.Set | ast.Dict):
        parts = value.keys if isinstance(value, ast.Dict) else value.elts
        shown = [ast.unparse(part) for part in parts if part is not None]
        return frozenset(shown)
    if key.startswith("for ") and isinstance(value, ast.Call) and dotted(value.func) == "range" and value.args:
        value = value.args[0] if len(value.args) == 1 else value.args[1]
    elif not AMOUNT.search(key):
        return None
    is_number = isinstance(value, ast.Constant) and _is_number(value.value)
    return Decimal(str(value.value)) if is_number and isinstance(value, ast.Constant) else None

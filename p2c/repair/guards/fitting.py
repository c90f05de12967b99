"""Models that are fitted to what measures them, or measured on what they were fitted to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from p2c.repair.guards.code_changes import Change, Func
from p2c.repair.guards.model import Refusal
from p2c.repair.guards.resolved import folded, last, line, own_parts, scopes

_FITS = re.compile(
    r"(?:^|_)(?:fit|train|learn|optimi[sz]e|partial_fit|fit_transform|retrain|finetune|update)(?:_|$)", re.IGNORECASE
)
_BOTH = re.compile(
    r"evaluat|test|valid|and_|run|main|experiment|pipeline|split|cross|report|plot|log|save", re.IGNORECASE
)
_MEASURES = re.compile(r"evaluat|score|accura|metric|measure|(?:^|_)test(?:_|$)|predict|report", re.IGNORECASE)
_OF = r"(?:_?(?:set|data|loader|x|y|df|part|split|inputs|targets|labels|features|\d+))*"
_TEST = re.compile(r"(?:^|_)(?:test|held|heldout|holdout|unseen|eval|te|evaluation)"
                   rf"{_OF}$", re.IGNORECASE)  # fmt: skip
_TEST_FIRST = re.compile(r"^[xy]_(?:test|te|eval)$", re.IGNORECASE)
_TRAIN = re.compile(r"(?:^|_)(?:train|tr|training|fit)" + rf"{_OF}$", re.IGNORECASE)
_WATCHES = re.compile(
    r"val|eval|test|monitor|dev|held|callback|size|fraction|share|interval|every|freq|log", re.IGNORECASE
)
_INSTEAD = "Keep what is fitted and what is measured apart."


def on_test(change: Change) -> Iterator[Refusal]:
    """What is fitted is given what it is measured on."""
    mixers = _mixers(change)
    for path, _, old, new in [*scopes(change), *_modules(change)]:
        known = {ast.dump(node) for node in ast.walk(old)} if old is not None else set()
        is_test_data = _holding(new, mixers)
        for node in own_parts(new):
            if not isinstance(node, ast.Call) or ast.dump(node) in known or not _fits(node):
                continue
            if any(_is_tested(value, is_test_data, mixers) for value in _given(node, change)):
                message = f"{last(node.func)} is given what the model is measured on. {_INSTEAD}"
                yield Refusal("constants", path, f"line {node.lineno}: {message}")


def on_train(change: Change) -> Iterator[Refusal]:
    """What is measured on is the training part now."""
    for path, _, old, new in [*scopes(change), *_modules(change)]:
        if old is None:
            continue
        known = {ast.dump(node) for node in ast.walk(old)}
        had, has = _measured(old), _measured(new)
        for name, given in has.items():
            lost, come = had.get(name, set()) - given, given - had.get(name, set())
            if any(map(_is_test, lost)) and any(map(_is_train, come)) and not any(map(_is_test, given)):
                message = f"{name} measures on the training part now. {_INSTEAD}"
                yield Refusal("constants", path, f"line {line(new)}: {message}")
        for node in own_parts(new):
            if isinstance(node, ast.Assign) and ast.dump(node) not in known and _renames(node):
                message = f"what is called a test is the training part. {_INSTEAD}"
                yield Refusal("constants", path, f"line {node.lineno}: {message}")


def _modules(change: Change) -> Iterator[tuple[str, str, ast.AST | None, ast.AST]]:
    yield from ((after.path, "", before.tree, after.tree) for before, after in change.changed)


def _is_test(name: str) -> bool:
    return bool(_TEST.search(name) or _TEST_FIRST.match(name))


def _is_train(name: str) -> bool:
    return bool(_TRAIN.search(name))


def _fits(node: ast.Call) -> bool:
    name = last(node.func)
    return bool(_FITS.search(name)) and not _BOTH.search(name) and not (name == "update" or name.endswith("_split"))


def _given(node: ast.Call, change: Change) -> Iterator[ast.expr]:
    """What a call is given to be fitted to: not what it is given under a name that says what else it is for."""
    named = _parameters(last(node.func), change)
    for at, argument in enumerate(node.args):
        if not (at < len(named) and _WATCHES.search(named[at])):
            yield argument
    yield from (word.value for word in node.keywords if word.arg and not _WATCHES.search(word.arg))


def _parameters(name: str, change: Change) -> list[str]:
    for file in change.new:
        for key, node in file.functions.items():
            if key.rpartition(".")[2] == name:
                parameters = [arg.arg for arg in node.args.args]
                return parameters[1:] if parameters[:1] == ["self"] else parameters
    return []


def _is_tested(node: ast.AST, is_test_data: Mapping[str, bool], mixers: set[str]) -> bool:
    """Whether the test's data is in an expression; a part that is called the training's has none of it."""
    if isinstance(node, ast.Name):
        return is_test_data.get(node.id, _is_test(node.id))
    if isinstance(node, ast.Attribute | ast.Subscript):
        key = node.attr if isinstance(node, ast.Attribute) else folded(node.slice) or ""
        if key in ("shape", "size", "dtype", "ndim", "columns", "n_features") or _is_train(key):
            return False
        return _is_test(key) or _is_tested(node.value, is_test_data, mixers)
    if isinstance(node, ast.Call) and last(node.func) in ("len", "print", "range", "type", "isinstance", *mixers):
        return last(node.func) in mixers
    return any(_is_tested(child, is_test_data, mixers) for child in ast.iter_child_nodes(node))


def _holding(scope: ast.AST, mixers: set[str]) -> dict[str, bool]:
    """Names that are given data of the test, whatever they are called."""
    is_test_data: dict[str, bool] = {}
    for _ in range(2):
        for node in own_parts(scope):
            if not isinstance(node, ast.Assign) or not all(isinstance(target, ast.Name) for target in node.targets):
                continue
            value = _without_form(node.value)
            if isinstance(value, ast.Call) and not _joins(value) and last(value.func) not in mixers:
                continue
            for target in node.targets:
                if isinstance(target, ast.Name) and not _is_test(target.id):
                    is_test_data[target.id] = is_test_data.get(target.id, False) or _is_tested(
                        value, is_test_data, mixers
                    )
    return is_test_data


def _without_form(node: ast.expr) -> ast.expr:
    """`x` of `x.copy()`."""
    forms = ("copy", "astype", "reshape", "to_numpy", "clone")
    method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in forms
    return node.func.value if method else node  # type: ignore[attr-defined]


def _joins(node: ast.Call) -> bool:
    joining = {"concatenate", "concat", "vstack", "hstack", "cat", "chain", "append", "ConcatDataset", "list", "tuple",
               "r_", "stack", "union", "merge", "asarray", "array"}  # fmt: skip
    return last(node.func) in joining or last(node.func)[:1].isupper()


def _mixers(change: Change) -> set[str]:
    """New functions that give back training and test data as one."""
    mixers = set()
    for _, name, old, new in scopes(change):
        ends = [part.value for part in own_parts(new) if isinstance(part, ast.Return) and part.value is not None]
        assigned = {target.id: node.value for node in own_parts(new) if isinstance(node, ast.Assign)
                for target in node.targets if isinstance(target, ast.Name)}  # fmt: skip
        parts = [part for end in ends for value in [end, *(assigned[n.id] for n in ast.walk(end)
                 if isinstance(n, ast.Name) and n.id in assigned)] for part in ast.walk(value)]  # fmt: skip
        words = {last(part) for part in parts if isinstance(part, ast.Name | ast.Attribute)}
        joined = any(
            isinstance(part, ast.Call) and _joins(part) and not last(part.func)[:1].isupper() for part in parts
        )
        joined = joined or any(isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add) for part in parts)
        if old is None and joined and any(map(_is_test, words)) and any(map(_is_train, words)):
            mixers.add(name.rpartition(".")[2])
    return mixers


def _measured(scope: ast.AST) -> dict[str, set[str]]:
    """Names and keys that calls which measure are given, by the call's name."""
    measured: dict[str, set[str]] = {}
    for node in own_parts(scope):
        if isinstance(node, ast.Call) and _MEASURES.search(last(node.func)):
            for argument in (*node.args, *(word.value for word in node.keywords)):
                parts = [
                    part for part in ast.walk(argument) if isinstance(part, ast.Name | ast.Attribute | ast.Subscript)
                ]
                words = {
                    (folded(part.slice) or "") if isinstance(part, ast.Subscript) else last(part) for part in parts
                }
                measured.setdefault(last(node.func), set()).update(words - {""})
    return measured


def _renames(node: ast.Assign) -> bool:
    """`test = train`, `x_test, y_test = x_train, y_train`."""
    targets = [
        part for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name | ast.Attribute)
    ]
    parts = [part for part in ast.walk(node.value) if isinstance(part, ast.Name | ast.Attribute)]
    called = [part for part in ast.walk(node.value) if isinstance(part, ast.Call)]
    words = {last(part) for part in parts}
    plain = all(last(call.func) in ("copy", "deepcopy", "array", "asarray", "tuple", "list") for call in called)
    return (
        plain
        and all(_is_test(last(target)) for target in targets)
        and any(map(_is_train, words))
        and not any(map(_is_test, words))
    )


__all__ = ["Func", "on_test", "on_train"]

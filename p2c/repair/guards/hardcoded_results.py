"""Results that were written down instead of computed, and work that was shrunk to nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from p2c.python_source import dotted
from p2c.repair.guards.code_changes import Change, File, Func, has_number, literal, more
from p2c.repair.guards.model import Refusal

_WRITERS = {"dump", "dumps", "safe_dump", "write_text", "write", "savez", "save", "savetxt", "writerow", "writerows",
            "to_csv", "to_json"}  # fmt: skip
_MEASURES = {"item", "mean", "sum", "score", "predict", "evaluate", "accuracy_score", "std", "average", "fit"}
_AMOUNT = re.compile(
    r"^(?:n|num|max|total|train|nb|number_of)?_?(?:of_)?"
    r"(?:epochs|iterations|iters|iter|episodes|trials|rounds|repeats|batches|steps|samples|updates|generations|sweeps)$"
)
_RESULT = re.compile(r"metric|result|score|report|loss|accura|summary|eval|stat", re.IGNORECASE)
_SETTING = re.compile(r"""(?m)^[ \t\r{,"']*([A-Za-z_][\w-]*)["']?\s*[:=]\s*(-?\d+(?:\.\d+)?)\s*(?:[,}#].*)?$""")
_DATA = (".yaml", ".yml", ".json", ".toml", ".ini", ".cfg")
_INSTEAD = "Let the program compute it."


def constants(change: Change) -> Iterator[Refusal]:
    """Numbers that stand in the code, or in a committed file, are given out as results."""
    for path in change.paths:
        if path in change.scope.contract.artifacts and path in change.after.files:
            message = f"this is what a run has to leave; it may not be written by hand. {_INSTEAD}"
            yield Refusal("constants", path, message)
    writing = {id(node) for pair in change.changed for file in pair for node in _writing(file)}
    for path, node in more(change, lambda node: id(node) in writing):
        line = getattr(node, "lineno", 0)
        yield Refusal("constants", path, f"line {line}: fixed numbers are written as results. {_INSTEAD}")
    for before, after in change.changed:
        for name, node in after.functions.items():
            if name in before.functions:
                yield from _hard_coded(change, after.path, before.functions[name], node)
        yield from _hard_coded(change, after.path, before.tree, after.tree)


def shrunk(change: Change) -> Iterator[Refusal]:
    """A loop, a slice or an amount of work became nothing."""
    counted = {node.target.id for _, after in change.changed for node in ast.walk(after.tree)
               if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)}  # fmt: skip
    message = "the amount of work there is nought, so nothing is done. Make it small, not nothing."
    for path, node in more(change, lambda node: _no_work(node, counted)):
        yield Refusal("shrunk", path, f"line {getattr(node, 'lineno', 0)}: {message}")
    for path in change.paths:
        if path.endswith(_DATA):
            had, has = _amounts(change.before.files.get(path, "")), _amounts(change.after.files.get(path, ""))
            for name, value in has.items():
                if value <= 0 and had.get(name, 1) > 0:
                    yield Refusal("shrunk", path, f"{name}: {message}")


def _writing(file: File) -> Iterator[ast.Call]:
    """Calls that write numbers which stand in the code."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)
            if name in _WRITERS and _writes_numbers(node, _fixed(file, node)):
                yield node


def _writes_numbers(node: ast.Call, fixed: Mapping[str, ast.expr]) -> bool:
    for argument in node.args:
        value = fixed.get(argument.id, argument) if isinstance(argument, ast.Name) else argument
        if isinstance(value, ast.Dict | ast.List) and literal(value) and _measured(value):
            return True
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and _is_result(value.value):
            return True
    return False


def _measured(node: ast.expr) -> bool:
    return has_number(node)


def _is_result(text: str) -> bool:
    return bool(re.match(r"\s*[\[{].*[:\[,]\s*-?\d", text, re.DOTALL))


def _fixed(file: File, call: ast.Call) -> dict[str, ast.expr]:
    """Names that only ever hold constants in the function around a call (or in the module)."""
    scopes: list[ast.AST] = [node for node in ast.walk(file.tree) if isinstance(node, Func)]
    around = next((node for node in reversed(scopes) if any(part is call for part in ast.walk(node))), file.tree)
    values: dict[str, ast.expr] = {}
    spoilt: set[str] = set()
    for node in ast.walk(around):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and literal(node.value):
                    values[target.id] = node.value
                else:
                    spoilt |= {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
        elif isinstance(node, ast.AugAssign):
            spoilt |= {part.id for part in ast.walk(node.target) if isinstance(part, ast.Name)}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            # `results.append(x)`, `results["losses"].append(x)`: filled later on.
            spoilt |= {part.id for part in ast.walk(node.func.value) if isinstance(part, ast.Name)}
    return {name: value for name, value in values.items() if name not in spoilt}


def _hard_coded(change: Change, path: str, old: ast.AST, new: ast.AST) -> Iterator[Refusal]:
    """A name that held what was computed holds a number now, whatever happens."""
    had, has = _assigned(old), _assigned(new)
    for name, values in has.items():
        was = had.get(name, [])
        computed = any(_computed(value, change) or _gathered(name, value) for value in was)
        if not computed or not all(literal(value) for value in values):
            continue
        if any(has_number(value) for value in values):
            line = getattr(values[0], "lineno", 0)
            yield Refusal("constants", path, f"line {line}: {name} was computed and is a fixed number now. {_INSTEAD}")


def _assigned(scope: ast.AST) -> dict[str, list[ast.expr]]:
    values: dict[str, list[ast.expr]] = {}
    todo = list(ast.iter_child_nodes(scope))
    while todo:
        node = todo.pop()
        if isinstance(node, Func | ast.ClassDef):
            continue
        todo += ast.iter_child_nodes(node)
        targets = _targets(node)
        for target in targets:
            parts = target.elts if isinstance(target, ast.Tuple) else [target]
            for part in parts:
                value = getattr(node, "value", None)
                if dotted(part) and value is not None:
                    values.setdefault(dotted(part), []).append(value)
    return values


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AnnAssign | ast.AugAssign) else []


def _gathered(name: str, node: ast.expr) -> bool:
    """Results under a name that says so, put together from what was computed elsewhere."""
    return isinstance(node, ast.Dict | ast.List | ast.Tuple) and bool(_RESULT.search(name)) and not literal(node)


def _computed(node: ast.expr, change: Change) -> bool:
    """A call of the repository's own code, or of something that measures."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            last = dotted(part.func).rpartition(".")[2] or getattr(part.func, "attr", "")
            if last in change.old_names or last in _MEASURES:
                return True
    return False


def _no_work(node: ast.AST, counted: set[str]) -> bool:
    if isinstance(node, ast.Call):
        return _empty_call(node)
    if isinstance(node, ast.Subscript):
        cut = node.slice
        return isinstance(cut, ast.Slice) and cut.lower is None and cut.step is None and _nought(cut.upper)
    if isinstance(node, ast.For):
        return isinstance(node.iter, ast.List | ast.Tuple | ast.Dict) and literal(node.iter) and not _items(node.iter)
    if isinstance(node, ast.keyword):
        return bool(node.arg and _AMOUNT.match(node.arg)) and _nought(node.value)
    if isinstance(node, ast.Dict):
        return any(isinstance(k, ast.Constant) and _amount(k.value) and _nought(v)
                   for k, v in zip(node.keys, node.values, strict=True))  # fmt: skip
    return _no_amount(node, counted)


def _no_amount(node: ast.AST, counted: set[str]) -> bool:
    for target in [] if isinstance(node, ast.AugAssign) else _targets(node):
        key = target.slice.value if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant) else ""
        name = str(key) if key else dotted(target).rpartition(".")[2]
        if _amount(name) and name not in counted and _nought(getattr(node, "value", None)):
            return True
    return False


def _empty_call(node: ast.Call) -> bool:
    name = dotted(node.func).rpartition(".")[2]
    if name == "range":
        return (len(node.args) == 1 and _nought(node.args[0])) or _ends_at_once(node.args)
    if name == "islice":
        return len(node.args) == 2 and _nought(node.args[1])
    if name == "add_argument" and node.args and isinstance(node.args[0], ast.Constant):
        flag = str(node.args[0].value).lstrip("-").replace("-", "_")
        return _amount(flag) and any(word.arg == "default" and _nought(word.value) for word in node.keywords)
    return name == "min" and len(node.args) == 2 and any(map(_nought, node.args) if not _part(node) else [True])


def _part(node: ast.Call) -> bool:
    """`min(epochs, 0.1)`: less than one of what is counted in ones."""
    amounts = any(_amount(dotted(argument).rpartition(".")[2]) for argument in node.args)
    numbers = [part.value for part in node.args if isinstance(part, ast.Constant)]
    return amounts and any(isinstance(value, float) and value < 1 for value in numbers)


def _ends_at_once(arguments: list[ast.expr]) -> bool:
    """`range(1, 1)`."""
    ends = [part.value for part in arguments if isinstance(part, ast.Constant) and isinstance(part.value, int)]
    return len(arguments) == len(ends) == 2 and ends[0] >= ends[1]


def _items(node: ast.expr) -> bool:
    return bool(getattr(node, "elts", None) or getattr(node, "keys", None))


def _amount(name: object) -> bool:
    return isinstance(name, str) and bool(_AMOUNT.match(name.lower()))


def _nought(node: ast.expr | None) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return isinstance(node.operand, ast.Constant) and node.operand.value == 0
    return isinstance(node, ast.Constant) and node.value == 0 and not isinstance(node.value, bool)


def _amounts(text: str) -> dict[str, float]:
    """Amounts of work in a configuration, by name; read line by line, whatever the format."""
    amounts = {}
    for match in _SETTING.finditer(text):
        if _amount(match[1].replace("-", "_")):
            amounts[match[1]] = float(match[2])
    return amounts

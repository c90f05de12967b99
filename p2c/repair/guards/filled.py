"""Results that come filled: numbers under the names of results in files and code, stores that are read, copies."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from p2c.repair.guards.code_changes import Change, File, Func, literal
from p2c.repair.guards.model import Refusal
from p2c.repair.guards.requirements import is_requirements
from p2c.repair.guards.resolved import folded, fresh, last, line, own_parts
from p2c.repair.guards.result_keys import MEASURE, MOST, RESULT, computed_keys, data_files, filled, in_code, read

_LOADS = {
    "load", "loads", "safe_load", "full_load", "read_text", "read_bytes", "read_csv", "read_json", "read_pickle",
    "read_parquet", "read_table", "loadtxt", "genfromtxt", "fromfile", "literal_eval", "read", "readline", "readlines",
    "DictReader", "reader", "from_json", "from_csv", "fetchone", "fetchall", "load_json", "load_yaml",
}  # fmt: skip
_WRITES = {"dump", "dumps", "safe_dump", "write", "write_text", "write_bytes", "save", "savez", "savetxt", "to_csv",
           "to_json", "to_pickle", "writerow", "writerows", "set", "put"}  # fmt: skip
_COPIES = {"copy", "copyfile", "copy2", "copytree", "move", "link", "symlink", "replace", "rename", "symlink_to",
           "hardlink_to", "copyfileobj", "write_text", "write_bytes", "write"}  # fmt: skip
_PICKS = {"float", "int", "dict", "list", "zip", "str", "tuple", "round", "map", "copy", "get", "pop", "items",
          "values", "deepcopy", "asarray", "array", "float64", "item", "setdefault", "next", "iter",
          "to_dict"}  # fmt: skip
"""Calls that give a part of something, or it in another form."""
_INSTEAD = "Let the program compute it."


def files(change: Change) -> Iterator[Refusal]:
    """A file of data or settings has numbers under the names of what the code computes."""
    data = [path for path in change.paths if not path.endswith((".py", ".md", ".rst", ".tex", ".bib"))]
    keys = computed_keys(change) if data else frozenset()
    for path in data:
        text = change.after.files.get(path, "")
        if is_requirements(path) or len(text) > MOST:
            continue
        added = filled(read(path, text), keys) - filled(read(path, change.before.files.get(path, "")), keys)
        if _enough(added, keys):
            message = f"{_listed(added)}: the code computes these, and there they are numbers. {_INSTEAD}"
            yield Refusal("constants", path, message)


def constants(change: Change) -> Iterator[Refusal]:
    """Code has numbers under the names of what it computes."""
    keys = computed_keys(change)
    for path, node in fresh(
        change, lambda file: (part for part in ast.walk(file.tree) if _enough(_given(part, keys), keys))
    ):
        message = f"{_listed(_given(node, keys))}: these are computed elsewhere, and there they are numbers. {_INSTEAD}"
        yield Refusal("constants", path, f"line {line(node)}: {message}")


def recalled(change: Change) -> Iterator[Refusal]:
    """What was computed is read from a file or from settings; a cache that begins empty may be asked first."""
    keys = computed_keys(change)
    committed = data_files(change, keys)
    writes = _count(change, _WRITES, new=True) > _count(change, _WRITES, new=False)
    loaders = _loaders(change)
    for before, after in change.changed:
        for name, new in [("", after.tree), *after.functions.items()]:
            old: ast.AST | None = before.functions.get(name) if name else before.tree
            if old is None:
                continue
            results = _results(old, change)
            for node in _read_back(new, results, loaders, keys):
                is_cache = writes and not committed and _still(new, node, results, change)
                if ast.dump(node) not in {ast.dump(part) for part in ast.walk(old)} and not is_cache:
                    message = f"what was computed is read from somewhere instead. {_INSTEAD}"
                    yield Refusal("constants", after.path, f"line {line(node)}: {message}")


def copied(change: Change) -> Iterator[Refusal]:
    """What a run has to leave is copied from what lies in the repository."""
    left = {path.rpartition("/")[2] for path in change.scope.contract.artifacts}
    there = {path.rpartition("/")[2] for path in change.after.files if not path.endswith(".py")}
    for path, node in fresh(change, lambda file: _copying(file, left, there)):
        yield Refusal("constants", path, f"line {line(node)}: a result is copied from a file. {_INSTEAD}")


def _enough(results: frozenset[str], keys: frozenset[str]) -> bool:
    """Two results, or the only one: a single name such as `loss` may well be a setting."""
    return len(results) >= 2 or (bool(results) and results == keys)


def _listed(results: frozenset[str]) -> str:
    return ", ".join(sorted(results)[:3])


def _given(node: ast.AST, keys: frozenset[str]) -> frozenset[str]:
    if isinstance(node, ast.ClassDef):
        fields = [part for part in node.body if isinstance(part, ast.AnnAssign | ast.Assign) and part.value]
        values = {last(target): part.value for part in fields for target in
                  (part.targets if isinstance(part, ast.Assign) else [part.target])}  # fmt: skip
    elif isinstance(node, ast.arguments):
        named = [*node.posonlyargs, *node.args]
        values = {
            arg.arg: value for arg, value in zip(named[len(named) - len(node.defaults) :], node.defaults, strict=True)
        }
        values |= {arg.arg: value for arg, value in zip(node.kwonlyargs, node.kw_defaults, strict=True) if value}
    else:
        return in_code(node, keys)
    table = ast.Dict([ast.Constant(name) for name in values], [value for value in values.values() if value])
    return in_code(table, keys) if len(table.keys) == len(table.values) else frozenset()


def _count(change: Change, called: set[str], new: bool) -> int:
    trees = [(after if new else before).tree for before, after in change.changed]
    return sum(isinstance(part, ast.Call) and last(part.func) in called for tree in trees for part in ast.walk(tree))


def _loads_of(file: File) -> set[str]:
    return {name.rpartition(".")[2] for name, node in file.functions.items() if _returns_loaded(node)}


def _loaders(change: Change) -> set[str]:
    """Functions that give back what they read."""
    return set().union(*(_loads_of(file) for file in change.new))


def _returns_loaded(node: Func) -> bool:
    if not any(_is_load(part, set()) for part in own_parts(node)):
        return False
    tainted = _tainted(node, set())
    ends = [part.value for part in own_parts(node) if isinstance(part, ast.Return) and part.value is not None]
    return any(_is_read(end, tainted, set()) for end in ends)


def _is_load(node: ast.AST, loaders: set[str]) -> bool:
    return isinstance(node, ast.Call) and (last(node.func) in _LOADS or last(node.func) in loaders)


def _tainted(scope: ast.AST, loaders: set[str]) -> set[str]:
    """Names that hold what was read, or a part of it."""
    tainted: set[str] = set()
    for _ in range(3):
        for node in own_parts(scope):
            if isinstance(node, ast.Assign) and _is_read(node.value, tainted, loaders):
                tainted |= {
                    part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)
                }
    return tainted


def _is_read(node: ast.expr, tainted: set[str], loaders: set[str]) -> bool:
    """An expression that is what was read or a part of it, with no call but such as pick from it."""
    if isinstance(node, ast.Name):
        return node.id in tainted
    if isinstance(node, ast.Call):
        if _is_load(node, loaders):
            return True
        inner = [*node.args, *([node.func.value] if isinstance(node.func, ast.Attribute) else [])]
        return last(node.func) in _PICKS and any(_is_read(part, tainted, loaders) for part in inner)
    if isinstance(node, ast.Subscript | ast.Attribute | ast.Starred | ast.Await):
        return _is_read(node.value, tainted, loaders)
    if isinstance(node, ast.IfExp | ast.BoolOp):
        sides = [node.body, node.orelse] if isinstance(node, ast.IfExp) else node.values
        return any(_is_read(part, tainted, loaders) for part in sides)
    if isinstance(node, ast.ListComp | ast.DictComp | ast.GeneratorExp):
        return any(_is_read(generator.iter, tainted, loaders) for generator in node.generators)
    if isinstance(node, ast.BinOp):
        sides = [node.left, node.right]
        return all(literal(part) or _is_read(part, tainted, loaders) for part in sides) and not all(map(literal, sides))
    return False


def _results(scope: ast.AST, change: Change) -> set[str]:
    """Names that held what own code computed as a result; '' where the function's own answer is one."""
    works = ("evaluate", "fit", "train", "predict", "score", "run", "compute", "measure")
    own = {
        old_name
        for old_name in change.old_names
        if MEASURE.search(old_name) or RESULT.search(old_name) or old_name.startswith(works)
    }
    results: set[str] = set()
    for node in own_parts(scope):
        if isinstance(node, ast.Assign):
            names = {part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)}
            calls = {last(part.func) for part in ast.walk(node.value) if isinstance(part, ast.Call)}
            gathered = isinstance(node.value, ast.Dict) and any(RESULT.search(name) for name in names)
            results |= names if calls & own or gathered else set()
    name = scope.name if isinstance(scope, Func) else ""
    return results | ({""} if name in own else set())


def _read_back(scope: ast.AST, results: set[str], loaders: set[str], keys: frozenset[str]) -> Iterator[ast.stmt]:
    tainted = _tainted(scope, loaders) if results else set()
    for node in own_parts(scope):
        if isinstance(node, ast.Assign):
            named = {part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)}
            if named & results and (
                _is_read(node.value, tainted - results, loaders) or _entry(node.value, tainted - results, keys)
            ):
                yield node
        elif isinstance(node, ast.Return) and "" in results and node.value and _is_read(node.value, tainted, loaders):
            yield node


def _entry(node: ast.expr, tainted: set[str], keys: frozenset[str]) -> bool:
    """`{"accuracy": config["accuracy"], ...}`."""
    if not isinstance(node, ast.Dict):
        return False
    pairs = zip(node.keys, node.values, strict=True)
    return any(folded(key) in keys and _is_read(value, tainted, set()) for key, value in pairs)


def _still(scope: ast.AST, node: ast.stmt, results: set[str], change: Change) -> bool:
    """Whether the same scope computes the same thing too, for when nothing is there to be read."""
    if isinstance(node, ast.Return):
        return len([part for part in own_parts(scope) if isinstance(part, ast.Return)]) > 1
    names = {
        part.id for target in getattr(node, "targets", []) for part in ast.walk(target) if isinstance(part, ast.Name)
    }
    return bool(names & _results(scope, change) & results)


def _copying(file: File, left: set[str], there: set[str]) -> Iterator[ast.AST]:
    for scope in [file.tree, *file.functions.values()]:
        texts = {last(target): node.value for node in own_parts(scope) if isinstance(node, ast.Assign)
                 for target in node.targets}  # fmt: skip
        for node in own_parts(scope):
            if isinstance(node, ast.Call) and last(node.func) in _COPIES:
                named = [text.rpartition("/")[2] for text in _texts(node, texts)]
                if left & set(named) and (len([name for name in named if name in there | left]) > 1):
                    yield node


def _texts(node: ast.AST, constants_of: dict[str, ast.expr], depth: int = 3) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
        elif isinstance(part, ast.Name) and part.id in constants_of and depth:
            yield from _texts(constants_of[part.id], constants_of, depth - 1)

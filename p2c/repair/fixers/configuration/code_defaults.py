"""Values that the code itself gives for a setting: what it falls back to when nobody says otherwise."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from p2c.executor.module_layout import is_test
from p2c.python_source import dotted, parse
from p2c.repo import Repo

Value = bool | int | float | str | list[object]
_FALLBACKS = frozenset({"get", "pop", "setdefault"})
_SHORT = 2
"""Names of so few letters stand for something else in every function."""


def plain_default(repo: Repo, name: str) -> Value | None:
    """Return the one default that the repository has for a setting of this name, or None: none, or several.

    It is what `get(name, default)`, an argument parser, a data class, or else a function's parameter falls back to.
    """
    name = name.replace("-", "_")
    trees = [tree for path in repo.python_files() if not is_test(path) and (tree := parse(repo.files[path]))]
    settings = [value for tree in trees for value in _settings(tree, name)]
    if not settings and len(name) > _SHORT:
        settings = [value for tree in trees for value in _parameters(tree, name)]
    return settings[0] if settings and all(_same(value, settings[0]) for value in settings) else None


def receiving_default(repo: Repo, call: ast.Call, value: ast.expr) -> Value | None:
    """Return the default of the parameter that takes this argument of a call of the repository's own, or None."""
    name = dotted(call.func).rpartition(".")[2]
    defaults = []
    for path in repo.python_files():
        tree = None if is_test(path) else parse(repo.files[path])
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
                defaults.append(_received(node, call, value))
    return defaults[0] if len(defaults) == 1 else None


def literal(node: ast.expr | None) -> Value | None:
    """Return a constant that a configuration file can hold, or None."""
    if node is None:
        return None
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    items = value if isinstance(value, list) else [value]
    return value if items and all(isinstance(item, bool | int | float | str) for item in items) else None


def _same(left: Value, right: Value) -> bool:
    return type(left) is type(right) and left == right


def _settings(tree: ast.Module, name: str) -> Iterator[Value]:
    for node in ast.walk(tree):
        values: list[ast.expr | None] = []
        if isinstance(node, ast.Call):
            values = [_fallback(node, name), _option(node, name)]
        elif isinstance(node, ast.ClassDef) and _is_record(node):
            values = [_field(statement, name) for statement in node.body]
        yield from (value for each in values if (value := literal(each)) is not None)


def _fallback(call: ast.Call, name: str) -> ast.expr | None:
    """`config.get("name", default)`, of whatever, but not of the environment."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _FALLBACKS or len(call.args) != 2:
        return None
    key = call.args[0]
    is_key = isinstance(key, ast.Constant) and key.value == name
    return call.args[1] if is_key and dotted(call.func.value) != "os.environ" else None


def _option(call: ast.Call, name: str) -> ast.expr | None:
    """`add_argument("--name", default=...)`."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "add_argument":
        return None
    spelled = {str(arg.value).lstrip("-").replace("-", "_") for arg in call.args if isinstance(arg, ast.Constant)}
    spelled |= {str(literal(word.value)) for word in call.keywords if word.arg == "dest"}
    return next((word.value for word in call.keywords if word.arg == "default"), None) if name in spelled else None


def _is_record(node: ast.ClassDef) -> bool:
    marks = [dotted(mark.func if isinstance(mark, ast.Call) else mark) for mark in node.decorator_list]
    bases = {dotted(base).rpartition(".")[2] for base in node.bases}
    return any(mark.rpartition(".")[2] == "dataclass" for mark in marks) or bool(bases & {"NamedTuple", "BaseModel"})


def _field(statement: ast.stmt, name: str) -> ast.expr | None:
    if not isinstance(statement, ast.AnnAssign) or dotted(statement.target) != name:
        return None
    value = statement.value
    if isinstance(value, ast.Call):
        return next((word.value for word in value.keywords if word.arg == "default"), None)
    return value


def _parameters(tree: ast.Module, name: str) -> Iterator[Value]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            value = literal(_defaults(node.args).get(name))
            if value is not None:
                yield value


def _defaults(arguments: ast.arguments) -> dict[str, ast.expr]:
    """Return the parameters that have a default."""
    named = [*arguments.posonlyargs, *arguments.args]
    first = len(named) - len(arguments.defaults)
    defaults = {arg.arg: value for arg, value in zip(named[first:], arguments.defaults, strict=True)}
    keyword = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return defaults | {arg.arg: value for arg, value in keyword if value is not None}


def _received(node: ast.ClassDef | ast.FunctionDef, call: ast.Call, value: ast.expr) -> Value | None:
    keyword = next((word.arg for word in call.keywords if word.value is value), None)
    if isinstance(node, ast.ClassDef):
        if _is_record(node):
            fields = [str(dotted(field.target)) for field in node.body if isinstance(field, ast.AnnAssign)]
            taken = keyword or _at(fields, call, value)
            return next(
                (default for field in node.body if (default := literal(_field(field, taken))) is not None), None
            )
        makers = [part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"]
        return _received(makers[0], call, value) if makers else None
    names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args) if arg.arg not in ("self", "cls")]
    return literal(_defaults(node.args).get(keyword or _at(names, call, value)))


def _at(names: list[str], call: ast.Call, value: ast.expr) -> str:
    """The name at an argument's place; empty where it is not to be told."""
    place = next((number for number, arg in enumerate(call.args) if arg is value), len(names))
    starred = any(isinstance(arg, ast.Starred) for arg in call.args)
    return names[place] if place < len(names) and not starred else ""

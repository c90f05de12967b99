"""Whether a file's code keeps what the plan promised of it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from p2c.run_contract import Class, Function, Interface
from p2c.untrusted_text import parse_python

Definition = ast.FunctionDef | ast.AsyncFunctionDef
_ABSTRACT = frozenset({"abstractmethod", "overload"})


def broken_promises(tree: ast.Module, interface: Interface, siblings: Iterable[str] = ()) -> list[str]:
    """Return what is promised and missing: classes, functions, parameters; and promised bodies that are empty.

    `siblings` are the texts of the repository's other files: a base class may stand in one of them.
    """
    names = _with_imported(top_level(tree), siblings)
    wrong: list[str] = []
    for item in interface.classes:
        node = names.get(item.name)
        if node is None:
            wrong.append(f"the promised class {item.name} is missing")
        elif isinstance(node, ast.ClassDef):
            wrong += _broken_class(node, item, names)
    for function in interface.functions:
        definition = names.get(function.name)
        if definition is None:
            wrong.append(f"the promised function {function.name} is missing")
        elif isinstance(definition, Definition):
            wrong += _broken_function(definition, function, function.name)
    return wrong


def top_level(tree: ast.Module) -> dict[str, ast.stmt]:
    """Return every name that importing the module defines -> the statement that does it."""
    names: dict[str, ast.stmt] = {}
    for node in _statements(tree.body):
        for name in _defined(node):
            names[name] = node
    return names


def _with_imported(names: dict[str, ast.stmt], siblings: Iterable[str]) -> dict[str, ast.stmt]:
    classes: dict[str, ast.stmt] = {}
    for text in siblings:
        try:
            classes |= {node.name: node for node in parse_python(text).body if isinstance(node, ast.ClassDef)}
        except SyntaxError:
            continue
    imported = {
        name: classes[name] for name, node in names.items() if isinstance(node, ast.ImportFrom) and name in classes
    }
    return names | imported


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run at import, inside `if`, `try`, `with` and loops too."""
    for node in body:
        yield node
        for field in ("body", "orelse", "finalbody"):
            if not isinstance(node, (ast.ClassDef, *Definition.__args__)):
                yield from _statements(getattr(node, field, []))
        for handler in getattr(node, "handlers", []):
            yield from _statements(handler.body)


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield node.name
    elif isinstance(node, ast.Import):
        yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in node.names)
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.For | ast.With):
        yield from (
            name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        )
    elif type(node).__name__ == "TypeAlias":
        yield from (name.id for name in [getattr(node, "name", None)] if isinstance(name, ast.Name))


def _broken_class(node: ast.ClassDef, item: Class, names: Mapping[str, ast.stmt]) -> list[str]:
    members = _members(node, names)
    fields = {name for name, member in members.items() if isinstance(member, ast.AnnAssign)}
    wrong: list[str] = []
    for method in item.methods:
        where = f"{item.name}.{method.name}"
        defined = members.get(method.name)
        if isinstance(defined, Definition):
            wrong += _broken_function(defined, method, where, abstract=_is_base(node, names))
        elif defined is None and method.name == "__init__" and (fields or _foreign_bases(node, names)):
            lacking = [name for name in method.parameters if fields and name not in fields]
            wrong += [f"{item.name} has no field {name!r}, which was promised" for name in lacking]
        elif defined is None:
            wrong.append(f"the promised method {where} is missing")
    return wrong


def _members(node: ast.ClassDef, names: Mapping[str, ast.stmt]) -> dict[str, ast.stmt]:
    """A class's own members over those of its bases in the same file."""
    members: dict[str, ast.stmt] = {}
    waiting, seen = [node], {node.name}
    while waiting:
        class_node = waiting.pop(0)
        members = {name: statement for statement in class_node.body for name in _defined(statement)} | members
        above = (names.get(base.id) for base in class_node.bases if isinstance(base, ast.Name))
        for base in above:
            if isinstance(base, ast.ClassDef) and base.name not in seen:
                seen.add(base.name)
                waiting.append(base)
    return members


def _foreign_bases(node: ast.ClassDef, names: Mapping[str, ast.stmt]) -> bool:
    return any(not (isinstance(base, ast.Name) and isinstance(names.get(base.id), ast.ClassDef)) for base in node.bases)


def _is_base(node: ast.ClassDef, names: Mapping[str, ast.stmt]) -> bool:
    """The class leaves bodies to others: abstract, a protocol, or a base of another class in the file."""
    bases = {
        ast.unparse(base).split("[")[0].split(".")[-1] for base in [*node.bases, *(k.value for k in node.keywords)]
    }
    others = [item for item in names.values() if isinstance(item, ast.ClassDef)]
    return bool(bases & {"ABC", "ABCMeta", "Protocol"}) or any(
        node.name in {ast.unparse(base) for base in other.bases} for other in others
    )


def _broken_function(node: Definition, promised: Function, where: str, abstract: bool = False) -> list[str]:
    arguments = node.args
    names = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    names |= {a.arg for a in (arguments.vararg, arguments.kwarg) if a}
    open_ended = arguments.kwarg is not None
    lacking = [name.lstrip("*") for name in promised.parameters]
    wrong = [
        f"{where} lacks the promised parameter {name!r}" for name in lacking if name not in names and not open_ended
    ]
    if not abstract and is_empty(node):
        wrong.append(f"{where} has no body")
    return wrong


def is_empty(node: Definition) -> bool:
    """Whether a function only says `pass`, `...` or `raise NotImplementedError`, and isn't declared abstract."""
    if any(ast.unparse(item).split(".")[-1] in _ABSTRACT for item in node.decorator_list):
        return False
    body = [statement for statement in node.body if not _is_constant(statement)]
    return all(isinstance(statement, ast.Pass) or _says_not_implemented(statement) for statement in body)


def _is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _says_not_implemented(node: ast.stmt) -> bool:
    return isinstance(node, ast.Raise) and node.exc is not None and "NotImplemented" in ast.unparse(node.exc)

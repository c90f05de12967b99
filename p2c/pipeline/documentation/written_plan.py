"""A plan as it was carried out: which files there are, what they define, import and call, read from the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

from p2c import python_source
from p2c.generator.plan import Call, FileSpec, Plan
from p2c.pipeline.documentation.code_index import Definition
from p2c.repo import Repo
from p2c.reports.file_dependencies import uses_of_repo
from p2c.run_contract import Class, Function, Interface

MOST_CALLS = 40
"""Arrows of a sequence diagram that can still be followed."""


def as_written(plan: Plan, repo: Repo) -> Plan:
    """Return the plan with the files, interfaces, uses and calls that the code really has."""
    uses = uses_of_repo(repo)
    planned = [spec.path for spec in plan.files if spec.path in repo.files]
    paths = [*planned, *sorted(path for path in repo.python_files() if path not in planned)]
    purposes = {spec.path: spec.purpose for spec in plan.files}
    specs = tuple(
        FileSpec(
            path,
            purposes.get(path, "Not planned; written later."),
            _interface(repo.files[path]) if path.endswith(".py") else Interface(),
            uses=uses.get(path, ()),
        )
        for path in paths
    )
    calls = tuple(dict.fromkeys(_calls(plan.entry, repo, uses)))[:MOST_CALLS]
    return replace(plan, files=specs, calls=calls)


def _interface(text: str) -> Interface:
    tree = python_source.parse(text)
    body = tree.body if tree else []
    classes = tuple(_class(node) for node in body if isinstance(node, ast.ClassDef))
    functions = tuple(_function(node) for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return Interface(classes, functions)


def _class(node: ast.ClassDef) -> Class:
    methods = [method for method in node.body if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)]
    bases = tuple(python_source.dotted(base).rpartition(".")[2] for base in node.bases)
    return Class(node.name, tuple(filter(None, bases)), tuple(_function(method, method=True) for method in methods))


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, method: bool = False) -> Function:
    given = node.args
    names = [parameter.arg for parameter in (*given.posonlyargs, *given.args)]
    is_static = any(
        isinstance(decorator, ast.Name) and decorator.id == "staticmethod" for decorator in node.decorator_list
    )
    names = names[1:] if method and not is_static else names
    names += [parameter.arg for parameter in given.kwonlyargs]
    names += [f"*{given.vararg.arg}"] if given.vararg else []
    names += [f"**{given.kwarg.arg}"] if given.kwarg else []
    return Function(node.name, tuple(names), ast.unparse(node.returns) if node.returns else "")


def _calls(entry: str, repo: Repo, uses: Mapping[str, tuple[str, ...]]) -> Iterator[Call]:
    """Yield the calls between files, from the entry file on, file by file in the order in which they are reached."""
    waiting, seen = [entry], set[str]()
    while waiting:
        path = waiting.pop(0)
        tree = python_source.parse(repo.files.get(path, "")) if path not in seen else None
        seen.add(path)
        for call in _calls_of(path, tree, repo, uses) if tree else ():
            waiting.append(call.callee.partition(":")[0])
            yield call


def _calls_of(path: str, tree: ast.Module, repo: Repo, uses: Mapping[str, tuple[str, ...]]) -> Iterator[Call]:
    known = _imported_names(tree, uses.get(path, ()), repo)
    for node in _in_order(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            class_path = known.get(python_source.dotted(node.value.func), "")
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if class_path.rpartition(":")[2][:1].isupper():
                known |= {f"{python_source.dotted(target)}.": class_path for target in targets}
        if isinstance(node, ast.Call):
            callee = _callee(python_source.dotted(node.func), known)
            if callee and callee.partition(":")[0] != path:
                yield Call(path, callee, _within(tree, node))


def _callee(name: str, known: Mapping[str, str]) -> str:
    """Return `file.py:name` for what is called: an imported name, one of an imported module, a method of a made one."""
    if name in known:
        return known[name]
    owner, _, method = name.rpartition(".")
    if owner in known:
        place = known[owner]
        return f"{place}.{method}" if ":" in place else f"{place}:{method}"
    return f"{known[f'{owner}.']}.{method}" if f"{owner}." in known else ""


def _imported_names(tree: ast.Module, used: tuple[str, ...], repo: Repo) -> dict[str, str]:
    """Return what names of a file stand for: `file.py:name`, or `file.py` for a module."""
    modules = {path.removesuffix("/__init__.py").removesuffix(".py").replace("/", "."): path for path in used}
    places: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                places[alias.asname or alias.name] = _taken(node.module or "", alias.name, modules, repo)
        elif isinstance(node, ast.Import):
            places |= {alias.asname or alias.name: _module_path(alias.name, modules) for alias in node.names}
    return {name: place for name, place in places.items() if place}


def _taken(module: str, name: str, modules: Mapping[str, str], repo: Repo) -> str:
    """Return what `from module import name` gives: a module of the repository, or something in one."""
    path, inner = _module_path(module, modules), _module_path(f"{module}.{name}".strip("."), modules)
    if inner and not _defines(repo.files.get(path, ""), name):
        return inner
    return f"{path}:{name}" if path else ""


def _module_path(name: str, modules: Mapping[str, str]) -> str:
    exact = modules.get(name, "")
    return exact or next((path for module, path in modules.items() if name and module.endswith(f".{name}")), "")


def _defines(text: str, name: str) -> bool:
    tree = python_source.parse(text)
    return tree is not None and any(isinstance(node, Definition) and node.name == name for node in tree.body)


def _in_order(tree: ast.AST) -> list[ast.AST]:
    """Return the nodes as they are evaluated, nearly: by line and column of their end."""
    nodes = [node for node in ast.walk(tree) if hasattr(node, "end_lineno")]
    return sorted(nodes, key=lambda node: (getattr(node, "end_lineno", 0), getattr(node, "end_col_offset", 0)))


def _within(tree: ast.Module, call: ast.Call) -> str:
    holding = [
        node
        for node in tree.body
        if isinstance(node, Definition) and node.lineno <= call.lineno <= (node.end_lineno or 0)
    ]
    return f"in {holding[0].name}" if holding else "at import or start"

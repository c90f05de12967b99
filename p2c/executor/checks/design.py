"""What the plan promised against what is written, by the syntax tree alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from p2c import python_source
from p2c.executor.report import Finding
from p2c.repo import Repo
from p2c.run_contract import Class, Function, Interface

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef
_ABSTRACT = frozenset({"object", "ABC", "abc.ABC", "Protocol", "typing.Protocol", "Generic"})


def check(repo: Repo, promises: Mapping[str, Interface]) -> tuple[Finding, ...]:
    """Return what is missing: files, classes, functions, methods, parameters. Files that do not parse say nothing."""
    classes = _all_classes(repo)
    return tuple(
        finding for path, promise in sorted(promises.items()) for finding in _file(repo, path, promise, classes)
    )


def _file(repo: Repo, path: str, promise: Interface, classes: Mapping[str, ast.ClassDef]) -> Iterator[Finding]:
    if path not in repo.files and path not in repo.assets:
        yield _finding("MissingFile", f"the plan promises {path}, and it is not there", path, None)
    if not path.endswith(".py"):
        return
    tree = python_source.parse(repo.files.get(path, ""))
    if why := "too large" if path in repo.assets else python_source.why_not_analysed(repo.files.get(path, "")):
        yield _finding("NotAnalysed", f"{path} could not be compared with the plan: {why}", path, None)
    if tree is None or path not in repo.files:
        return
    defined = _defined(tree.body)
    yield from _functions(path, promise.functions, defined)
    for promised in promise.classes:
        definition = defined.get(promised.name)
        if promised.name not in defined:
            yield _finding("MissingClass", f"the plan promises the class {promised.name}", path, None)
        elif isinstance(definition, ast.ClassDef):
            yield from _class(path, promised, definition, classes)


def _functions(path: str, promised: tuple[Function, ...], defined: Mapping[str, ast.AST]) -> Iterator[Finding]:
    for function in promised:
        if function.name not in defined:
            yield _finding("MissingFunction", f"the plan promises the function {_call(function)}", path, None)
        yield from _parameters(path, function, defined.get(function.name), function.name)


def _class(
    path: str, promise: Class, definition: ast.ClassDef, classes: Mapping[str, ast.ClassDef]
) -> Iterator[Finding]:
    methods, foreign = _inherited(definition, classes)
    for method in promise.methods:
        name = f"{promise.name}.{method.name}"
        if method.name in methods:
            yield from _parameters(path, method, methods[method.name], name)
        elif method.name != "__init__" or not (foreign or definition.decorator_list or definition.bases):
            what = f"the plan promises the method {promise.name}.{_call(method)}"
            yield _finding("MissingMethod", what, path, definition.lineno, gates=not foreign)


def _parameters(path: str, promise: Function, definition: ast.AST | None, name: str) -> Iterator[Finding]:
    if not isinstance(definition, AnyFunction):
        return
    args = definition.args
    own = [arg.arg for arg in [*args.posonlyargs, *args.args, *args.kwonlyargs]]
    wanted = [bare for text in promise.parameters if (bare := _bare(text)) not in ("", "self", "cls")]
    missing = [] if args.kwarg else [bare for bare in wanted if bare not in own]
    if args.vararg:
        missing = [bare for bare in missing if bare != args.vararg.arg]
    for bare in missing:
        what = f"the plan promises the parameter {bare!r} of {name}; it takes {', '.join(own) or 'none'}"
        yield _finding("MissingParameter", what, path, definition.lineno)


def _inherited(definition: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> tuple[dict[str, ast.AST], bool]:
    """Return the methods that a class has, its own before those of its bases, and whether some base is not known."""
    methods, foreign = _defined(definition.body), False
    waiting, seen = [definition], {definition.name}
    while waiting:
        for base in waiting.pop(0).bases:
            name = python_source.dotted(base.value if isinstance(base, ast.Subscript) else base)
            parent = classes.get(name.rpartition(".")[2])
            if parent is None:
                foreign = foreign or name not in _ABSTRACT
            elif parent.name not in seen:
                seen.add(parent.name)
                waiting.append(parent)
                methods = {**_defined(parent.body), **methods}
    return methods, foreign


def _defined(body: list[ast.stmt]) -> dict[str, ast.AST]:
    definitions: dict[str, ast.AST] = {}
    for node in body:
        if isinstance(node, AnyFunction | ast.ClassDef):
            definitions[node.name] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            definitions.update({(alias.asname or alias.name): node for alias in node.names})
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            definitions.update({target.id: node for target in targets if isinstance(target, ast.Name)})
        elif isinstance(node, ast.If | ast.Try | ast.With):
            inner = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
            handlers = [child for handler in getattr(node, "handlers", []) for child in handler.body]
            definitions.update(_defined([*inner, *handlers]))
    return definitions


def _all_classes(repo: Repo) -> dict[str, ast.ClassDef]:
    classes = {}
    for path in repo.python_files():
        tree = python_source.parse(repo.files[path])
        classes.update({node.name: node for node in (tree.body if tree else ()) if isinstance(node, ast.ClassDef)})
    return classes


def _bare(parameter: str) -> str:
    return re.split(r"[:=\s]", parameter.strip().lstrip("*"), maxsplit=1)[0].strip()


def _call(function: Function) -> str:
    return f"{function.name}({', '.join(function.parameters)})"


def _finding(rule: str, message: str, path: str, line: int | None, gates: bool = True) -> Finding:
    return Finding("design", rule, message, path, line, gates=gates)

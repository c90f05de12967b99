"""Failures that are hidden instead of cured: swallowed exceptions, clean exits, silenced checks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from p2c.python_source import dotted, imports, parse
from p2c.repair.guards.code_changes import Change, File, is_main_guard, literal, more
from p2c.repair.guards.exceptions import BROAD, BUGS, Caught
from p2c.repair.guards.model import Refusal
from p2c.repair.guards.resolved import fresh, own_parts

_SAYS = {"print", "logging", "logger", "log", "warnings", "traceback"}
_SILENCER = re.compile(
    r"#\s*(?:noqa|type:\s*ignore|pragma:\s*no\s*cover|pylint:\s*(?:disable|skip)|mypy:\s*\w|ruff:\s*noqa|"
    r"flake8:\s*noqa|pyright:\s*\w|nosec)",
    re.IGNORECASE,
)


def exceptions(change: Change) -> Iterator[Refusal]:
    """A new handler takes every error, or one that tells of a bug, and goes on as if nothing were wrong."""
    for path, node in fresh(change, _swallowing, tests=True):
        message = "an exception is swallowed there, so the failure is hidden, not cured. "
        message += "Let it be raised, or catch the one exception that is expected and deal with it."
        yield Refusal("swallowed", path, f"line {_line(node)}: {message}")


def exits(change: Change) -> Iterator[Refusal]:
    """The program is made to end with success before its work is done."""
    last = {id(node) for _, after in change.changed for node in _at_the_end(after.tree)}
    for path, node in more(change, _ends_well, tests=True):
        if id(node) not in last:
            message = f"line {_line(node)}: the program ends there as if it had succeeded. Let it do its work."
            yield Refusal("exits", path, message)


def silencers(change: Change) -> Iterator[Refusal]:
    """A comment was added that tells a check to look away."""
    had = sum(len(_SILENCER.findall(text)) for path, text in change.before.files.items() if path.endswith(".py"))
    has = sum(len(_SILENCER.findall(text)) for path, text in change.after.files.items() if path.endswith(".py"))
    if has <= had:
        return
    for path in change.paths:
        lines = set(change.before.files.get(path, "").split("\n"))
        for number, line in enumerate(change.after.files.get(path, "").split("\n"), 1):
            silenced = path.endswith((".py", ".pyi")) and _SILENCER.search(line) and line not in lines
            if silenced and not _re_exports(line, path, change):
                message = f"line {number}: a comment tells a check to look away. Cure what the check found."
                yield Refusal("silenced", path, message)
                return


def _re_exports(line: str, path: str, change: Change) -> bool:
    """An import that other files take from this one, marked as no oversight."""
    if not re.search(r"#\s*noqa:\s*F401\s*$", line):
        return False
    tree = parse(line.strip())
    names = {(alias.asname or alias.name) for node in (tree.body if tree else [])
             if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names}  # fmt: skip
    module = path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]
    asked = {name for text in change.after.files.values() if text != change.after.files[path]
             for item in imports(text) if item.name.rpartition(".")[2] == module for name in item.names}  # fmt: skip
    return bool(names) and (names <= asked or path.endswith("__init__.py"))


def _swallowing(file: File) -> Iterator[ast.AST]:
    caught = Caught(file)
    for node in ast.walk(file.tree):
        if isinstance(node, ast.ExceptHandler):
            named = caught.names(node.type)
            if (named & BROAD and not _fails_too(node)) or (named & BUGS and _goes_on(node.body, False)):
                yield node


def _fails_too(node: ast.ExceptHandler) -> bool:
    """Whether a handler raises, or ends the program with a failure, somewhere."""
    exits = ("sys.exit", "exit", "quit", "os._exit")
    return any(
        isinstance(part, ast.Raise) or (isinstance(part, ast.Call) and dotted(part.func) in exits)
        for part in own_parts(node)
        if not _ends_well(part)
    )


def _goes_on(nodes: list[ast.stmt], values: bool) -> bool:
    """Nothing but passing over it, saying so, ending well, or (where `values`) putting a constant in its place."""
    return all(_passes(node, values) for node in nodes)


def _passes(node: ast.stmt, values: bool) -> bool:
    if isinstance(node, ast.Pass | ast.Continue | ast.Break):
        return True
    if isinstance(node, ast.Return):
        return node.value is None or (values and _empty(node.value))
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return values and node.value is not None and _empty(node.value)
    if isinstance(node, ast.If):
        return _goes_on([*node.body, *node.orelse], values)
    return _says(node) or _ends_well(node) or (isinstance(node, ast.Expr) and _ends_well(node.value))


def _says(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Expr):
        return False
    if isinstance(node.value, ast.Constant):
        return True
    return isinstance(node.value, ast.Call) and bool(_SAYS & set(dotted(node.value.func).split(".")))


def _empty(node: ast.expr) -> bool:
    """A constant, an empty container, or not-a-number: what stands for a result that is not there."""
    if isinstance(node, ast.Call) and not node.keywords:
        return dotted(node.func) in ("dict", "list", "set", "tuple", "float", "str") and all(map(literal, node.args))
    return literal(node) or dotted(node).rpartition(".")[2] in ("nan", "inf")


def _ends_well(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise):
        raised = node.exc
        return (raised is not None and dotted(raised) == "SystemExit") or (
            isinstance(raised, ast.Call) and dotted(raised.func) == "SystemExit" and _success(raised.args)
        )
    if not isinstance(node, ast.Call):
        return False
    name = dotted(node.func)
    if name == "os._exit":
        return not _fails(node.args)
    return name in ("os.abort", "os.kill") or (name in ("sys.exit", "exit", "quit") and _success(node.args))


def _success(arguments: list[ast.expr]) -> bool:
    if not arguments:
        return True
    first = arguments[0]
    return isinstance(first, ast.Constant) and first.value in (0, None, False)


def _fails(arguments: list[ast.expr]) -> bool:
    """Whether an exit is given a number that is no success; of what isn't a number nobody knows."""
    return bool(arguments) and not _success(arguments) and isinstance(arguments[0], ast.Constant)


def _at_the_end(tree: ast.Module) -> Iterator[ast.AST]:
    """The last statement of the main guard: ending there loses nothing."""
    for node in tree.body:
        if is_main_guard(node) and isinstance(node, ast.If) and len(node.body) > 1:
            yield from ast.walk(node.body[-1])


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)

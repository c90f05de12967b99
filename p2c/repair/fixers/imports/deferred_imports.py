"""Moving imports from the top of a file into the functions that use what they bind."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from p2c.python_source import dotted
from p2c.repair.fixers.imported_names import assigned_names
from p2c.repair.fixers.text_edits import Edit, Text, edited, with_imports
from p2c.untrusted_text import parse_python

Statement = ast.Import | ast.ImportFrom
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class NameUse:
    """Where a name is used: in the body of `function` (the outermost), or None where the import itself runs it.

    `annotation`: nobody evaluates it when it is imported.
    """

    name: str
    function: Function | None = None
    annotation: bool = False


def deferred(text: str, tree: ast.Module, moved: Sequence[Statement]) -> str | None:
    """Return the text with these statements of the top level moved into functions, or None where that is not safe."""
    place = Text(text)
    bound = [alias.asname or alias.name.partition(".")[0] for node in moved for alias in node.names]
    if set(bound) & (assigned_names(tree) | _bound_by_others(tree, moved) | {"*"} | _exported(tree)):
        return None
    uses = list(_UseReader(tree, frozenset(bound)).uses(tree, None))
    inside = {use.function for use in uses if use.function is not None}
    if not uses or any(use.function is None and not use.annotation for use in uses) or _run_at_import(tree, inside):
        return None
    edits = [_removal(node, place) for node in moved]
    for function in sorted(inside, key=lambda node: node.lineno):
        names = {use.name for use in uses if use.function is function}
        edits.append(_insertion(function, [_spelled(node, names) for node in moved], place))
    if not all(edits):
        return None
    changed = edited(text, [edit for edit in edits if edit])
    annotated = {use.name for use in uses if use.annotation}
    return _with_types(changed, [_spelled(node, annotated) for node in moved], place.newline)


class _UseReader:
    """Reads where names are used, and which of the uses an import of the file evaluates."""

    def __init__(self, tree: ast.Module, names: frozenset[str]) -> None:
        self.names = names
        self.lazy = any(
            isinstance(node, ast.ImportFrom)
            and node.module == "__future__"
            and any(alias.name == "annotations" for alias in node.names)
            for node in tree.body
        )

    def uses(self, node: ast.AST, function: Function | None) -> Iterator[NameUse]:
        """Yield the uses below a node, `function` being the outermost one around it."""
        if isinstance(node, ast.Name) and node.id in self.names:
            yield NameUse(node.id, function)
        annotations = list(_annotations(node))
        for annotation in annotations:
            yield from self._annotated(annotation, function)
        inner = function or node if isinstance(node, Function) else function
        body = {id(statement) for statement in node.body} if isinstance(node, Function) else set()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.arguments):
                yield from self._arguments(child, function)
            elif not any(child is skipped for skipped in annotations):
                yield from self.uses(child, inner if id(child) in body else function)

    def _arguments(self, node: ast.arguments, function: Function | None) -> Iterator[NameUse]:
        """The annotations of a function's parameters, and their defaults, which belong to what is around it."""
        for arg in ast.iter_child_nodes(node):
            yield from self.uses(arg, function)

    def _annotated(self, node: ast.expr, function: Function | None) -> Iterator[NameUse]:
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and part.id in self.names:
                yield NameUse(part.id, None if self.lazy else function, self.lazy)
            elif isinstance(part, ast.Constant) and isinstance(part.value, str):
                words = {word for word in self.names if word in part.value}
                yield from (NameUse(word, None, True) for word in sorted(words))


def _annotations(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
        yield node.annotation
    if isinstance(node, Function) and node.returns is not None:
        yield node.returns


def _bound_by_others(tree: ast.Module, moved: Sequence[Statement]) -> set[str]:
    others = [node for node in ast.walk(tree) if isinstance(node, Statement) and node not in moved]
    return {alias.asname or alias.name.partition(".")[0] for node in others for alias in node.names}


def _exported(tree: ast.Module) -> set[str]:
    """Names that `__all__` promises."""
    return {
        part.value
        for node in tree.body
        if isinstance(node, ast.Assign) and any(dotted(target) == "__all__" for target in node.targets)
        for part in ast.walk(node.value)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def _run_at_import(tree: ast.Module, functions: set[Function]) -> bool:
    """Importing the file calls one of these functions, or makes an object of the class around it."""
    owners = {
        top.name
        for top in tree.body
        if isinstance(top, Function | ast.ClassDef) and any(node in functions for node in ast.walk(top))
    }
    top_level = {getattr(top, "name", "") for top in tree.body}
    nested = any(function.name not in top_level and not _is_method(tree, function) for function in functions)
    calls = (node for top in tree.body for node in _executed(top))
    return nested or any(dotted(node.func).partition(".")[0] in owners for node in calls)


def _is_method(tree: ast.Module, function: Function) -> bool:
    return any(isinstance(node, ast.ClassDef) and function in node.body for node in tree.body)


def _executed(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that run when a file is imported; what stands under a main guard does not."""
    if isinstance(node, ast.If) and "__name__" in ast.dump(node.test):
        return
    if isinstance(node, ast.Call):
        yield node
    body = {id(statement) for statement in node.body} if isinstance(node, Function) else set()
    for child in ast.iter_child_nodes(node):
        if id(child) not in body:
            yield from _executed(child)


def _removal(node: Statement, place: Text) -> Edit | None:
    """Take out the whole lines of a statement, and one of two blank lines around it."""
    end_line = node.end_lineno or node.lineno
    start, end = place.line_start(node.lineno), place.line_start(end_line) + len(place.line(end_line))
    after = place.text[place.span(node)[1] : end].strip()
    if place.text[start : place.span(node)[0]].strip() or (after and not after.startswith("#")):
        return None
    end = min(end + len(place.newline), len(place.text))
    before = place.line(node.lineno - 1)
    if not before.strip() and not place.line(end_line + 1).strip() and end_line < place.lines:
        end = place.line_start(end_line + 1) + len(place.line(end_line + 1)) + len(place.newline)
    return Edit(start, min(end, len(place.text)), "")


def _insertion(function: Function, lines: list[str], place: Text) -> Edit | None:
    """Put lines before the first statement of a function that is no docstring."""
    first = next((node for node in function.body if not _is_docstring(node, function)), None)
    if first is None:
        return None
    number = min([first.lineno, *(node.lineno for node in getattr(first, "decorator_list", []))])
    start = place.line_start(number)
    indent = place.text[start : place.offset(first.lineno, first.col_offset)] if number == first.lineno else ""
    indent = indent or " " * first.col_offset
    if indent.strip():
        return None
    return Edit(start, start, "".join(f"{indent}{line}{place.newline}" for line in lines if line))


def _is_docstring(node: ast.stmt, function: Function) -> bool:
    return node is function.body[0] and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _spelled(node: Statement, names: set[str]) -> str:
    """Return the statement for these bound names only; empty where it binds none of them."""
    wanted = [alias for alias in node.names if (alias.asname or alias.name.partition(".")[0]) in names]
    listed = ", ".join(alias.name + (f" as {alias.asname}" if alias.asname else "") for alias in wanted)
    if not wanted:
        return ""
    if isinstance(node, ast.Import):
        return f"import {listed}"
    return f"from {'.' * node.level}{node.module or ''} import {listed}"


def _with_types(text: str, lines: list[str], newline: str) -> str:
    """Let tools that read annotations find what only they need."""
    lines = [line for line in lines if line]
    if not lines:
        return text
    place = Text(with_imports(text, ["from typing import TYPE_CHECKING"]))
    tree = parse_python(place.text)
    last = [node for node in tree.body if isinstance(node, Statement)][-1]
    end = place.span(last)[1]
    block = f"{newline}{newline}if TYPE_CHECKING:" + "".join(f"{newline}    {line}" for line in lines)
    return place.text[:end] + block + place.text[end:]

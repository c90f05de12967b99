"""Rows of kind `renamed-parameter`, `removed-parameter`, `value` and `keyword-only`: arguments are passed as the
library takes them today."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Collection, Iterator

from p2c.python_source import parse
from p2c.repair.fixers.imported_names import assigned_names, dotted_name, imported_names
from p2c.repair.fixers.libraries.changes import LibraryChange, Missed
from p2c.repair.fixers.libraries.dotted_names import spelled
from p2c.repair.fixers.text_edits import Edit, Text, calls_on, edited, with_imports

_ROUNDS = 60


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Yield every call of a file."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def renamed(text: str, rows: Collection[LibraryChange], _: Collection[Missed]) -> str:
    """Return the text with the parameters and values of these rows written anew, in calls of what is imported."""
    tree = parse(text)
    if tree is None:
        return text
    place, bound, edits = Text(text), imported_names(tree), list[Edit]()
    loaded, taken = {dotted.partition(".")[0] for dotted in bound.values()}, assigned_names(tree)
    for call in calls(tree):
        dotted, method = _called(call, bound, taken), last_name(call)
        for row in rows:
            is_theirs = dotted.partition(".")[0] == row.root or (not dotted and row.method and row.root in loaded)
            if is_theirs and re.fullmatch(row.call, dotted.rpartition(".")[2] or method):
                edits += _revalued(call, row, place) if row.kind == "value" else _renamed(call, row, place)
    return edited(text, edits)


def _called(call: ast.Call, bound: dict[str, str], taken: set[str]) -> str:
    """The dotted name of what is called, a built-in function's too; '' where it is neither."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    is_builtin = name not in taken and hasattr(builtins, name)
    return dotted_name(call.func, bound) or (f"builtins.{name}" if is_builtin else "")


def _renamed(call: ast.Call, row: LibraryChange, place: Text) -> Iterator[Edit]:
    word = passed_as(call, row.old)
    if word is not None and passed_as(call, row.new) is None:
        start = place.span(word)[0]
        yield Edit(start, start + len(row.old), row.new)


def _revalued(call: ast.Call, row: LibraryChange, place: Text) -> Iterator[Edit]:
    if row.parameter:
        word = passed_as(call, row.parameter)
        nodes: list[ast.AST] = [word.value] if word is not None else []
    else:
        nodes = [part for argument in call.args for part in ast.walk(argument)]
    for node in nodes:
        if isinstance(node, ast.Constant) and node.value == row.old:
            yield Edit(*place.span(node), row.new)


def passed_as(call: ast.Call, name: str) -> ast.keyword | None:
    """Return the argument that is passed by this name."""
    return next((word for word in call.keywords if word.arg == name), None)


def last_name(call: ast.Call) -> str:
    """Return the name of the method that is called; '' where it is no method."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def dropped(text: str, rows: Collection[LibraryChange], missed: Collection[Missed]) -> str:
    """Return the text without the parameters of these rows, call by call, as one may stand in another's argument.

    A call of a method is the library's in a file that imports it, and on the lines where a finding missed one.
    """
    lines = {line for _, line in missed}
    for _ in range(_ROUNDS):
        tree = parse(text)
        new = next(_without_one(text, tree, rows, lines), None) if tree else None
        if new is None:
            return text
        text = new
    return text


def _without_one(text: str, tree: ast.Module, rows: Collection[LibraryChange], lines: Collection[int]) -> Iterator[str]:
    bound, place = imported_names(tree), Text(text)
    loaded, taken = {dotted.partition(".")[0] for dotted in bound.values()}, assigned_names(tree)
    for call in calls(tree):
        on_line = any(call.lineno <= line <= (call.end_lineno or line) for line in lines)
        for row in rows:
            word = passed_as(call, row.old)
            is_meant = on_line or (row.root in loaded and row.scope != "line")
            is_own = "." in row.to and row.to.rpartition(".")[2] in taken
            if word is not None and is_meant and not is_own and _holds(call, word, row, bound):
                yield _without(call, word, row, (place, bound, taken))


def _holds(call: ast.Call, word: ast.keyword, row: LibraryChange, bound: dict[str, str]) -> bool:
    """The call is the library's, by its imported name or as a method of an object, and the value is one of the row."""
    dotted = dotted_name(call.func, bound)
    if dotted.partition(".")[0] != row.root and (dotted or row.imported):
        return False
    if not re.fullmatch(row.call, dotted.rpartition(".")[2] or last_name(call)):
        return False
    if any(passed_as(call, name) is not None for name in row.unless.split()):
        return False
    return not row.values or ast.unparse(word.value) in row.values


_Around = tuple[Text, dict[str, str], set[str]]
"""A file's text, what its imports bind, and what else it binds."""


def _without(call: ast.Call, word: ast.keyword, row: LibraryChange, around: _Around) -> str:
    place, bound, taken = around
    imports = list[str]()
    edits = [Edit(*place.span(word), row.form.replace("{value}", place.source(word.value)))] if row.form else []
    edits = edits or [_left_out(word, place)]
    start, stop = place.span(call.func)
    module, _, name = row.to.rpartition(".")
    if module and isinstance(call.func, ast.Name):
        imports.append(f"from {module} import {name}")
        edits.append(Edit(start, stop, name))
    elif module:
        edits.append(Edit(start, stop, spelled(row.to, bound, taken, imports) or row.to))
    elif row.to and isinstance(call.func, ast.Attribute):
        of_module = dotted_name(call.func.value, bound) != ""
        edits.append(Edit(stop - len(call.func.attr), stop, row.to.split("|")[0 if of_module else -1]))
    if row.after:
        edits.append(Edit(place.span(call)[1], place.span(call)[1], row.after))
    return with_imports(edited(place.text, edits), imports)


def _left_out(word: ast.keyword, place: Text) -> Edit:
    """Take an argument out with the comma before it, or, where it is the first, the comma after it."""
    start, end = place.span(word)
    before = place.text[:start].rstrip()
    if before.endswith(","):
        return Edit(len(before) - 1, end, "")
    comma = re.match(r"\s*,\s*", place.text[end:])
    return Edit(start, end + (comma.end() if comma else 0), "")


def named(text: str, rows: Collection[LibraryChange], missed: Collection[Missed]) -> str:
    """Return the text with names before the arguments that are taken by name only: in calls of imported functions,
    in calls of methods that only the library's objects have, and in the call on a line where a finding missed it.
    """
    tree = parse(text)
    if tree is None:
        return text
    bound, place, edits = imported_names(tree), Text(text), list[Edit]()
    loaded = {dotted.partition(".")[0] for dotted in bound.values()}
    functions = {row.old: row for row in rows}
    methods = {row.old.rpartition(".")[2]: row for row in rows if row.only or row.receiver}
    failed = {id(call): row for row, line in missed for call in only_call(tree, line, row)}
    for call in calls(tree):
        method = methods.get(last_name(call))
        row = failed.get(id(call)) or functions.get(dotted_name(call.func, bound))
        if row is None and method is not None and method.library in loaded and _is_received(call, method):
            row = method
        if row is not None:
            edits += _named(call, row, place)
    return edited(text, edits)


def only_call(tree: ast.Module, line: int, row: LibraryChange) -> list[ast.Call]:
    """Return the call of the row's method on a line, where there is one only."""
    candidates = [call for call in calls_on(tree, line) if last_name(call) == row.old.rpartition(".")[2]]
    return candidates if len(candidates) == 1 else []


def _is_received(call: ast.Call, row: LibraryChange) -> bool:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return not row.receiver or (isinstance(owner, ast.Attribute) and owner.attr == row.receiver)


def _named(call: ast.Call, row: LibraryChange, place: Text) -> Iterator[Edit]:
    """Put the names before the arguments that stand past the bar; nothing where a star hides their places."""
    names = row.takes or ""
    order = names.replace("|", "").split()
    late = list(zip(call.args, order, strict=False))[len(names.partition("|")[0].split()) :]
    if any(isinstance(value, ast.Starred) for value in call.args) or len(call.args) > len(order):
        return
    if not any(passed_as(call, name) for _, name in late):
        for argument, name in late:
            start = place.span(argument)[0]
            yield Edit(start, start, f"{name}=")

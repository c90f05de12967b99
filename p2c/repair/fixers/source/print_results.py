"""`print("...") % x` and `print("...").format(x)`: the text is made ready before it is printed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.text_edits import Edit, Text, edited, finding_text, offer, own_frames, statements_on
from p2c.repair.patch import Patch

_MESSAGE = re.compile(
    r"unsupported operand type\(s\) for %: 'NoneType' and|'NoneType' object has no attribute 'format'"
)
_ATOMS = (ast.Constant, ast.JoinedStr, ast.Name, ast.Attribute, ast.Call, ast.Subscript)


def fix(case: Case) -> Patch | None:
    """Where a finding meets one, bring what is applied to a `print` inside of it, everywhere."""
    for finding in case.report.gating:
        frames = own_frames(finding)
        tree = (
            parse(case.repo.files.get(frames[0].path, ""))
            if frames and _MESSAGE.search(finding_text(finding))
            else None
        )
        if tree is not None and any(_printed(statement) for statement in statements_on(tree, frames[0].line)):
            files = {path: _changed(case.repo.files[path]) for path in case.repo.python_files()}
            return offer(case, "print-results", "Format the text, not what print returns", files)
    return None


def _printed(statement: ast.AST) -> tuple[ast.Call, ast.expr] | None:
    """The call of `print`, and the whole of the statement, where something is applied to what the call returns."""
    whole = statement.value if isinstance(statement, ast.Expr) else None
    call: ast.expr | None = None
    if isinstance(whole, ast.BinOp) and isinstance(whole.op, ast.Mod):
        call = whole.left
    elif isinstance(whole, ast.Call) and isinstance(whole.func, ast.Attribute) and whole.func.attr == "format":
        call = whole.func.value
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != "print":
        return None
    return (call, whole) if whole is not None and len(call.args) == 1 and not call.keywords else None


def _changed(text: str) -> str:
    tree = parse(text)
    edits = [edit for node in ast.walk(tree) for edit in _inside(node, Text(text))] if tree is not None else []
    return edited(text, edits)


def _inside(node: ast.AST, place: Text) -> Iterator[Edit]:
    printed = _printed(node)
    if printed is None:
        return
    call, whole = printed
    (_, end), (first, last) = place.span(call), place.span(call.args[0])
    closed = not isinstance(call.args[0], _ATOMS)
    if closed:
        yield Edit(first, first, "(")
    yield Edit(last, end, ")" if closed else "")
    yield Edit(place.span(whole)[1], place.span(whole)[1], ")")

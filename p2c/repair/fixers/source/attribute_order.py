"""Attributes that `__init__` sets below the statement that needs them: set above it, where that changes nothing."""

from __future__ import annotations

import ast
import re

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.text_edits import Edit, Text, edited, finding_text, offer
from p2c.repair.patch import Patch

_MISSING = re.compile(r"'(?:[\w.]+\.)?(\w+)' object has no attribute '(\w+)'")
_PURE = frozenset("len int float str bool min max abs tuple list dict set frozenset range sorted sum".split())


def fix(case: Case) -> Patch | None:
    """Move the assignment of the attribute that was missed while an object was still being made."""
    for finding in case.report.gating:
        missed = _MISSING.search(finding_text(finding)[:2_000]) if finding.rule == "AttributeError" else None
        for frame in finding.frames if missed else ():
            if missed is None or not frame.inside or frame.function.rpartition(".")[2] != "__init__":
                continue
            changed = _moved(case.repo.files.get(frame.path, ""), frame.line, missed[2])
            if changed is not None:
                reason = f"Set {missed[2]} before it is used, at {frame.path}:{frame.line}"
                return offer(case, "attribute-order", reason, {frame.path: changed})
    return None


def _moved(text: str, line: int, attribute: str) -> str | None:
    """Return the text with `self.attribute = ...` moved above the statement at a line of the same `__init__`."""
    tree, place = parse(text), Text(text)
    for function in ast.walk(tree) if tree is not None else ():
        if not isinstance(function, ast.FunctionDef) or function.name != "__init__" or not function.args.args:
            continue
        spans = [(node.lineno, node.end_lineno or node.lineno) for node in function.body]
        at = next((i for i, (first, last) in enumerate(spans) if first <= line <= last), None)
        if at is None:
            continue
        own = function.args.args[0].arg
        setting = [i for i, node in enumerate(function.body) if _sets(node, own) == attribute]
        if len(setting) != 1 or setting[0] <= at or not _is_free(function, at, setting[0]):
            return None
        return _with_line_moved(place, function.body[at], function.body[setting[0]])
    return None


def _sets(node: ast.stmt, own: str) -> str:
    """The attribute that a statement sets on the object, alone; '' for another statement."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    if len(targets) != 1 or not isinstance(targets[0], ast.Attribute) or not isinstance(targets[0].value, ast.Name):
        return ""
    return targets[0].attr if targets[0].value.id == own else ""


def _is_free(function: ast.FunctionDef, at: int, setting: int) -> bool:
    """The value is the same above: it calls nothing that has effects, and nothing that it names is set in between."""
    statement = function.body[setting]
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    if value is None:
        return False
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") not in _PURE:
            return False
        if isinstance(node, ast.Lambda | ast.NamedExpr | ast.Await | ast.comprehension):
            return False
    read = {ast.unparse(node) for node in ast.walk(value) if isinstance(node, ast.Name | ast.Attribute)}
    own = function.args.args[0].arg
    between = function.body[at:setting]
    changed = {
        ast.unparse(node)
        for part in between
        for node in ast.walk(part)
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    # Where an object's own attribute is read, what lies in between may set it in a method.
    calls_itself = any(name.startswith(f"{own}.") for name in read) and any(
        isinstance(node, ast.Call) for part in between for node in ast.walk(part)
    )
    return not read & changed and not calls_itself


def _with_line_moved(place: Text, before: ast.stmt, statement: ast.stmt) -> str | None:
    """Take whole lines only."""
    first, last = statement.lineno, statement.end_lineno or statement.lineno
    start, end = place.line_start(first), place.line_start(last + 1)
    lines = place.text[start:end]
    if lines.strip() != place.source(statement).strip() and "#" not in lines:
        return None
    at = place.line_start(before.lineno)
    return edited(place.text, [Edit(at, at, lines), Edit(start, end, "")])

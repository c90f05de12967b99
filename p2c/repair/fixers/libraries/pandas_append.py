"""Cures what pandas removed, `append` of frames, at the very line that failed."""

from __future__ import annotations

import ast
import re

from p2c.python_source import dotted, parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import imported_names
from p2c.repair.fixers.text_edits import Edit, Text, calls_on, edited, finding_text, offer, own_frames, with_imports
from p2c.repair.patch import Patch

_NO_APPEND = re.compile(r"'(DataFrame|Series|NDFrame|Index)' object has no attribute 'append'")


def fix(case: Case) -> Patch | None:
    """Rewrite the call that the finding's innermost own frame was at."""
    for finding in case.report.findings:
        frames, owner = own_frames(finding), _NO_APPEND.search(finding_text(finding))
        path = frames[0].path if frames else ""
        text = case.repo.files.get(path, "")
        tree = parse(text)
        if not frames or owner is None or tree is None:
            continue
        calls = [call for call in calls_on(tree, frames[0].line) if _is_append(call)]
        changed = _without_append(Text(text), tree, calls, owner[1] == "DataFrame")
        if changed is not None:
            reason = f"Say what pandas no longer has in today's words at {path}:{frames[0].line}"
            return offer(case, "pandas-removed", reason, {path: changed})
    return None


def _is_append(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "append"


def _without_append(place: Text, tree: ast.Module, calls: list[ast.Call], is_frame: bool) -> str | None:
    """`a.append(b, ignore_index=True)` becomes `pd.concat([a, b], ignore_index=True)`; a row becomes a frame first."""
    if len(calls) != 1 or len(calls[0].args) != 1:
        return None
    call, added, function = calls[0], calls[0].args[0], calls[0].func
    if not isinstance(function, ast.Attribute) or isinstance(added, ast.Starred):
        return None
    if any(keyword.arg not in {"ignore_index", "sort", "verify_integrity"} for keyword in call.keywords):
        return None
    alias = next((local for local, dotted in imported_names(tree).items() if dotted == "pandas"), "")
    pandas = alias or "pd"
    if isinstance(added, ast.List) and not _kind(tree, added, pandas):
        return None
    other = _as_frame(place, tree, added, pandas) if is_frame else place.source(added)
    options = "".join(f", {place.source(keyword)}" for keyword in call.keywords)
    new = f"{pandas}.concat([{place.source(function.value)}, {other}]{options})"
    changed = edited(place.text, [Edit(*place.span(call), new)])
    return changed if alias else with_imports(changed, ["import pandas as pd"])


def _as_frame(place: Text, tree: ast.Module, added: ast.expr, pandas: str) -> str:
    """Say what is appended as a frame: a dict and a Series are rows. Where only running tells, it is asked then."""
    text, kind = place.source(added), _kind(tree, added, pandas)
    if kind == "frame":
        return text
    if kind:
        return f"{pandas}.DataFrame({text})" if kind == "rows" else f"{pandas}.DataFrame([{text}])"
    first, name = (text, text) if isinstance(added, ast.Name) else (f"appended := {text}", "appended")
    rows = f"{name} if isinstance({name}, list) else [{name}]"
    return f"{name} if isinstance({first}, {pandas}.DataFrame) else {pandas}.DataFrame({rows})"


def _kind(tree: ast.Module, added: ast.expr, pandas: str) -> str:
    """Tell `row`, `rows`, `frame`, or '' where the text does not say; a name is what its only assignment gives it."""
    if isinstance(added, ast.Name):
        given = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == added.id]
        stores = [node for node in given if isinstance(node.ctx, ast.Store)]
        values = [node.value for node in ast.walk(tree) if isinstance(node, ast.Assign) and node.targets == stores]
        arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        known = len(stores) == len(values) == 1 and added.id not in arguments
        return _kind(tree, values[0], pandas) if known and not isinstance(values[0], ast.Name) else ""
    if isinstance(added, ast.Dict):
        return "row"
    if isinstance(added, ast.List):
        return "rows" if added.elts and all(isinstance(element, ast.Dict) for element in added.elts) else ""
    constructor = dotted(added.func) if isinstance(added, ast.Call) else ""
    return {f"{pandas}.DataFrame": "frame", f"{pandas}.concat": "frame", f"{pandas}.Series": "row"}.get(constructor, "")

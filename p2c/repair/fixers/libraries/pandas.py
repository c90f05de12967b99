"""Cures what pandas removed, at the very line that failed: `append` of frames, old method names and options."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from types import MappingProxyType

from p2c.executor.report import Finding
from p2c.python_source import dotted, parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import imported_names
from p2c.repair.fixers.text_edits import Edit, Text, calls_on, edited, offer, own_frames, told, with_imports
from p2c.repair.patch import Patch

_NO_METHOD = re.compile(r"'(DataFrame|Series|NDFrame|Index)' object has no attribute '(\w+)'")
_NO_OPTION = re.compile(r"\b(\w+)\(\) got an unexpected keyword argument '(\w+)'")
_METHODS: Mapping[str, str] = MappingProxyType(
    {"iteritems": "items", "as_matrix": "to_numpy", "applymap": "map", "get_values": "to_numpy"}
)
"""Old method -> the one that does the same with the same arguments."""
_OPTIONS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("to_csv", "line_terminator"): "lineterminator={}",
        ("read_csv", "delim_whitespace"): 'sep=r"\\s+"',
        ("read_table", "delim_whitespace"): 'sep=r"\\s+"',
        ("read_csv", "error_bad_lines"): 'on_bad_lines="skip"',
        ("read_csv", "infer_datetime_format"): "",
        ("to_datetime", "infer_datetime_format"): "",
    }
)
"""(function, option that is gone) -> what says the same now; {} is the old value, '' leaves it out."""


def fix(case: Case) -> Patch | None:
    """Rewrite the call that the finding's innermost own frame was at."""
    for finding in case.report.findings:
        frames = own_frames(finding)
        path = frames[0].path if frames else ""
        text = case.repo.files.get(path, "")
        tree = parse(text)
        if not frames or tree is None:
            continue
        changed = _rewritten(finding, text, tree, frames[0].line)
        if changed is not None:
            reason = f"Say what pandas no longer has in today's words at {path}:{frames[0].line}"
            return offer(case, "pandas-removed", reason, {path: changed})
    return None


def _rewritten(finding: Finding, text: str, tree: ast.Module, line: int) -> str | None:
    message = told(finding)
    method, option = _NO_METHOD.search(message), _NO_OPTION.search(message)
    place, calls = Text(text), calls_on(tree, line)
    if method and method[2] == "append":
        return _without_append(place, tree, [c for c in calls if _name(c) == "append"], method[1] == "DataFrame")
    if method and method[2] in _METHODS:
        edits = [_renamed(place, c.func, _METHODS[method[2]]) for c in calls if _name(c) == method[2]]
        return edited(text, [edit for edit in edits if edit]) if len(edits) == 1 else None
    if option and (option[1], option[2]) in _OPTIONS:
        new = _OPTIONS[option[1], option[2]]
        return _without_option(place, [c for c in calls if _name(c) == option[1]], option[2], new)
    return None


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _renamed(place: Text, function: ast.expr, new: str) -> Edit | None:
    if not isinstance(function, ast.Attribute):
        return None
    end = place.span(function)[1]
    return Edit(end - len(function.attr), end, new)


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
        return "rows" if added.elts and all(isinstance(one, ast.Dict) for one in added.elts) else ""
    made = dotted(added.func) if isinstance(added, ast.Call) else ""
    return {f"{pandas}.DataFrame": "frame", f"{pandas}.concat": "frame", f"{pandas}.Series": "row"}.get(made, "")


def _without_option(place: Text, calls: list[ast.Call], option: str, new: str) -> str | None:
    found = [keyword for call in calls for keyword in call.keywords if keyword.arg == option]
    if len(found) != 1:
        return None
    keyword = found[0]
    is_true = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
    is_false = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
    if (option == "delim_whitespace" and not is_true) or (option == "error_bad_lines" and not is_false):
        return None
    start, end = place.span(keyword)
    if new:
        return edited(place.text, [Edit(start, end, new.format(place.source(keyword.value)))])
    before = place.text[:start].rstrip()
    if before.endswith(","):
        return before[:-1] + place.text[end:]
    return None

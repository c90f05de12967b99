"""Cures `torch.load` of what the program itself saved and torch no longer unpickles unasked (torch 2.6 and later)."""

from __future__ import annotations

import ast

from p2c.executor.module_layout import is_test
from p2c.executor.report import Finding
from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import dotted_name, imported_names
from p2c.repair.fixers.text_edits import Edit, Text, calls_on, edited, finding_text, offer, own_frames
from p2c.repair.patch import Patch

_REFUSED = "Weights only load failed"
_OPENERS = frozenset({"open", "join", "Path", "str", "exists", "isfile"})


def fix(case: Case) -> Patch | None:
    """Let the call that failed unpickle whole objects, where its path is one that the repository saves to itself."""
    for finding in case.report.gating:
        frames = own_frames(finding)
        if finding.rule != "UnpicklingError" or _REFUSED not in finding_text(finding) or not frames:
            continue
        path = frames[0].path
        changed = _allowed(case, finding, path, frames[0].line)
        if changed is not None:
            reason = f"Unpickle what the program itself saved, at {path}:{frames[0].line}"
            return offer(case, "weights-only", reason, {path: changed})
    return None


def _allowed(case: Case, finding: Finding, path: str, line: int) -> str | None:
    text = case.repo.files.get(path, "")
    tree = parse(text)
    if tree is None:
        return None
    bound = imported_names(tree)
    calls = [call for call in calls_on(tree, line) if dotted_name(call.func, bound) == "torch.load" and call.args]
    given = [word.arg for call in calls for word in call.keywords]
    if len(calls) != 1 or "weights_only" in given or None in given:
        return None
    if not _marks(calls[0].args[0]) & _saved(case) or not _is_local(case, calls[0].args[0], finding):
        return None
    end = Text(text).span(calls[0])[1] - 1
    comma = "" if text[:end].rstrip().endswith(",") else ", "
    return edited(text, [Edit(end, end, f"{comma}weights_only=False")])


def _saved(case: Case) -> set[str]:
    """What stands for the places to which the repository's own code saves with torch."""
    marks: set[str] = set()
    for path in case.repo.python_files():
        tree = None if is_test(path) else parse(case.repo.files[path])
        bound = imported_names(tree) if tree else {}
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Call) and dotted_name(node.func, bound) == "torch.save":
                places = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "f")]
                marks |= {mark for place in places for mark in _marks(place)}
    return marks


def _marks(place: ast.expr) -> set[str]:
    """The last name, attribute or text of a path's expression: `self.best`, `args.checkpoint`, `"model.pt"`."""
    if isinstance(place, ast.Constant) and isinstance(place.value, str):
        return {place.value.rpartition("/")[2]}
    if isinstance(place, ast.Name):
        return {place.id}
    if isinstance(place, ast.Attribute):
        return {place.attr}
    if isinstance(place, ast.BinOp):
        return _marks(place.right)
    if isinstance(place, ast.JoinedStr):
        return {ast.unparse(place)}
    if isinstance(place, ast.Subscript):
        return _marks(place.slice)
    if isinstance(place, ast.Call) and place.args and _name(place) in _OPENERS:
        return _marks(place.args[0] if _name(place) == "open" else place.args[-1])
    return set()


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_local(case: Case, place: ast.expr, finding: Finding) -> bool:
    """No file of that name came with the repository: what somebody else made stays refused."""
    names = {path.rpartition("/")[2] for path in (*case.repo.assets, *case.repo.files)}
    frame = own_frames(finding)[0]
    values = " ".join(value for name, value in frame.locals.items() if name in _marks(place))
    return not any(name in names for name in _marks(place)) and not any(f"{name}'" in values for name in names)

"""Cures `torch.load` of what the program itself saved and torch no longer unpickles unasked (torch 2.6 and later)."""

from __future__ import annotations

import ast

from p2c.executor.report import Finding
from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import dotted_name, imported_names
from p2c.repair.fixers.own_files import marks, saved
from p2c.repair.fixers.text_edits import Edit, Text, calls_on, edited, finding_text, offer, own_frames
from p2c.repair.patch import Patch

_REFUSED = "Weights only load failed"


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
    if not marks(calls[0].args[0]) & saved(case, {"torch.save": (1, "f")}) or not _is_local(
        case, calls[0].args[0], finding
    ):
        return None
    end = Text(text).span(calls[0])[1] - 1
    comma = "" if text[:end].rstrip().endswith(",") else ", "
    return edited(text, [Edit(end, end, f"{comma}weights_only=False")])


def _is_local(case: Case, place: ast.expr, finding: Finding) -> bool:
    """No file of that name came with the repository: what somebody else made stays refused."""
    names = {path.rpartition("/")[2] for path in (*case.repo.assets, *case.repo.files)}
    frame = own_frames(finding)[0]
    values = " ".join(value for name, value in frame.locals.items() if name in marks(place))
    return not any(name in names for name in marks(place)) and not any(f"{name}'" in values for name in names)

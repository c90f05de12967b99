"""Cures files that are looked for in the wrong folder: the repository has exactly one file of that name."""

from __future__ import annotations

import ast
import re
from pathlib import PurePosixPath

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.text_edits import Edit, Text, edited, finding_text, offer, own_frames
from p2c.repair.patch import Patch

_MISSING = re.compile(r"No such file or directory: '([^']+)'|(?:File|file) '?([\w./-]+)'? (?:not found|does not exist)")


def fix(case: Case) -> Patch | None:
    """Name the file where it lies (as seen from the repository's root, where commands are run)."""
    for finding in case.report.findings:
        missing = _MISSING.search(finding_text(finding))
        wanted = (missing[1] or missing[2]) if missing else ""
        place = _only_place(case, wanted)
        if not place:
            continue
        for path in dict.fromkeys(frame.path for frame in own_frames(finding)):
            changed = _renamed(case.repo.files.get(path, ""), wanted, place)
            if changed is not None:
                return offer(case, "relative-paths", f"Read {place} from where it lies", {path: changed})
    return None


def _only_place(case: Case, wanted: str) -> str:
    """Return the one file of the repository that can be meant; '' where there is none or more than one.

    Of an absolute path (somebody else's machine) any end may do, of a relative one all but its `..`.
    """
    paths = [*case.repo.files, *case.repo.assets]
    if not wanted or wanted in paths:
        return ""
    tail = [part for part in PurePosixPath(wanted).parts if part not in {"..", ".", "/"}]
    least = 1 if wanted.startswith("/") else len(tail)
    for size in range(len(tail), least - 1, -1):
        candidates = [path for path in paths if PurePosixPath(path).parts[-size:] == tuple(tail[-size:])]
        if candidates:
            return candidates[0] if len(candidates) == 1 else ""
    return ""


def _renamed(text: str, wanted: str, place: str) -> str | None:
    """Replace the literal, if the file has it exactly once."""
    tree = parse(text)
    if tree is None:
        return None
    literals = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value == wanted
    ]
    source = Text(text)
    if len(literals) != 1 or not re.fullmatch(r"([\"'])[^\"'\n]*\1", source.source(literals[0])):
        return None
    quote = source.source(literals[0])[0]
    return edited(text, [Edit(*source.span(literals[0]), f"{quote}{place}{quote}")])

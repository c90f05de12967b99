"""Cures what a model left around a file's code: Markdown fences, sentences before or after, a lone triple quote."""

from __future__ import annotations

import re

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.text_edits import offer
from p2c.repair.patch import Patch

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*(?:\w+[ \t]*)?")
_MAX_PROSE = 20
"""Lines before or after the code that may be prose."""


def fix(case: Case) -> Patch | None:
    """Keep the code of files that can't be parsed and can without the fences or the prose around it."""
    changes = {}
    for path in _broken(case):
        text = case.repo.files[path]
        code = _unfenced(text) or _without_prose(text) or _without_quotes(text)
        if code:
            changes[path] = code
    return offer(case, "fences", "Leave only the code of files that had other text around it", changes)


def _broken(case: Case) -> list[str]:
    """Return the Python files that findings name and that can't be parsed."""
    named = {finding.path for finding in case.report.findings if finding.path}
    files = case.repo.files
    return [path for path in case.repo.python_files() if path in named and parse(files[path]) is None]


def _unfenced(text: str) -> str:
    """Return the code between the fences: of one block, or of one that lacks its first or its last fence."""
    lines = text.split("\n")
    marks = [number for number, line in enumerate(lines) if _FENCE.fullmatch(line.rstrip("\r"))]
    if not marks or len(marks) > 2:
        return ""
    first, last = marks[0], marks[-1]
    candidates = [lines[first + 1 : last]] if len(marks) == 2 else [lines[first + 1 :], lines[:first]]
    codes = [_code("\n".join(body)) for body in candidates]
    valid = [code for code in codes if code]
    return valid[0] if len(valid) == 1 else ""


def _code(text: str) -> str:
    """Return the text as a file, if it is Python that does something."""
    text = text.strip("\r\n")
    tree = parse(text)
    return text + "\n" if tree is not None and tree.body else ""


def _without_prose(text: str) -> str:
    """Return the text without leading and trailing lines of prose, if what is left can be parsed."""
    lines = text.split("\n")
    start = next((n for n, line in enumerate(lines) if line.strip() and not _is_prose(line)), 0)
    end = len(lines) - next((n for n, line in enumerate(reversed(lines)) if line.strip() and not _is_prose(line)), 0)
    if start > _MAX_PROSE or len(lines) - end > _MAX_PROSE:
        return ""
    return _code("\n".join(lines[start:end]))


def _without_quotes(text: str) -> str:
    """Return the text without a lone triple quote that opens or closes nothing: its first line, or its last."""
    body = text.strip("\r\n")
    for mark in ('"""', "'''"):
        ends = body.endswith(f"\n{mark}") and body.removesuffix(mark)
        starts = body.startswith(f"{mark}\n") and body.removeprefix(mark)
        candidates = [code for rest in (ends, starts) if rest and (code := _code(rest))]
        if len(candidates) == 1:
            return candidates[0]
    return ""


def _is_prose(line: str) -> bool:
    """A sentence of at least three words that is no Python, alone or as the head of a block."""
    line = line.strip()
    words = re.findall(r"[A-Za-z][\w'’-]*", line)
    reads = len(words) >= 3 and bool(re.fullmatch(r"[\w\s,.;:!?'’\"`*()/#-]+", line))
    return reads and not line.startswith(("#", "@")) and parse(line) is None and parse(line + " pass") is None

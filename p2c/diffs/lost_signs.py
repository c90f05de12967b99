"""A minus that became a blank: the hunk still fits, and one line too many would stay in the file."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from p2c.diffs.line_matching import inner
from p2c.diffs.model import Hunk, HunkLine

USUAL = 3
"""Lines of context that diffs are written with."""

ALIKE = 0.66
"""From this share of equal characters on (difflib's ratio) an added line may be another version of a line: `w + h` and
`w * h` are, two calls of one function as a rule are not. It only ever refuses, it never chooses."""

FEW = 30
"""Lines that one is compared with, 500 characters of each: difflib takes quadratic time."""


def lost_minus(hunk: Hunk, others: Sequence[Hunk]) -> str:
    """Return the context line that was to be removed, by all that the hunk says of itself; nothing where it is sound.

    The counts have to say so: right for the old side, too few lines for the new one. They alone may be miscounted, so
    something else has to say it too: where the line stands, how much context there is, or other hunks' right counts.
    """
    if hunk.strict or hunk.old_count != len(hunk.old) or hunk.new_count is None:
        return ""
    missing = len(hunk.new) - hunk.new_count
    if missing < 1:
        return ""
    suspect = _between(hunk.lines, missing) or _replaced(hunk.lines) or _moved(hunk.lines)
    suspect = suspect or _unbalanced(hunk, missing) or _bare(hunk.lines, missing)
    if suspect or not others or not all(other.strict for other in others):
        return suspect
    return next((line.text for line in hunk.lines if line.sign == " " and inner(line.text)), "")


def _between(lines: Sequence[HunkLine], missing: int) -> str:
    """A few context lines with a removed line above and another change below."""
    for at in range(1, len(lines) - 1):
        if lines[at].sign == " " and lines[at - 1].sign == "-":
            end = at
            while end < len(lines) and lines[end].sign == " ":
                end += 1
            if end < len(lines) and end - at <= missing:
                return lines[at].text or "(an empty line)"
    return ""


def _replaced(lines: Sequence[HunkLine]) -> str:
    """A context line directly above a change that adds a line like it."""
    for at, line in enumerate(lines[:-1]):
        if line.sign == " " and lines[at + 1].sign != " " and inner(line.text):
            for later in lines[at + 1 : at + 1 + FEW]:
                if later.sign == " ":
                    break
                if later.sign == "+" and _version(line.text, later.text, lines):
                    return line.text
    return ""


def _moved(lines: Sequence[HunkLine]) -> str:
    """A context line that is added once more, word for word."""
    added = {inner(line.text) for line in lines if line.sign == "+"}
    known = (line.text for line in lines if line.sign == " ")
    return next((text for text in known if inner(text) in added and any(map(str.isalnum, text))), "")


def _bare(lines: Sequence[HunkLine], missing: int) -> str:
    """As many context lines as the counts lack have nothing in front of them, and others have their blank."""
    bare = [line.text for line in lines if line.sign == " " and line.bare]
    rest = any(line.sign == " " and not line.bare for line in lines)
    return (bare[0] or "(an empty line)") if len(bare) == missing and rest else ""


def _unbalanced(hunk: Hunk, missing: int) -> str:
    """More context on one side than diffs have, by as much as the counts lack."""
    before, after = hunk.edges()
    if max(before, after) != USUAL + missing or min(before, after) > USUAL:
        return ""
    return hunk.lines[before - 1].text if before > after else hunk.lines[-after].text


def _version(line: str, added: str, lines: Sequence[HunkLine]) -> bool:
    """Whether an added line may be a version of a context line: more like it than its neighbours are."""
    likeness = _likeness(line, added)
    others = [other.text for other in lines if other.sign == " " and other.text != line][:FEW]
    return likeness >= ALIKE and all(_likeness(line, other) < likeness for other in others)


def _likeness(left: str, right: str) -> float:
    return difflib.SequenceMatcher(None, inner(left)[:500], inner(right)[:500], autojunk=False).ratio()

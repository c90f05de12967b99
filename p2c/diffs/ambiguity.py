"""Lines that fit, but whose characters may not be what was meant: blanks, quotes and entities changed on the way."""

from __future__ import annotations

import re
from collections.abc import Sequence

from p2c.diffs.line_matching import indent
from p2c.diffs.model import Hunk
from p2c.diffs.placement import Placement

_INVISIBLE = re.compile("[\u00a0\u200b\u200c\u200d\u2007\u202f\u2060]")
_CURLY = re.compile("[\u201c\u201d\u2018\u2019]")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#39|#x27|#34);")
_UNESCAPED = re.compile(r"[<>]|&(?!(?:\w+|#\w+);)")
_EVEN = (".py", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".json", ".txt", ".sh")
_TRAILING = re.compile(r"[ \t]$", re.MULTILINE)
_MARKUP = (".md", ".rst", ".tex", ".html", ".htm", ".xml", ".svg", ".ipynb")


def unsure(path: str, before: str, placed: Sequence[Placement]) -> str:
    """Return why added characters may not be what was meant, though they fit; nothing where they can be believed."""
    new = "\n".join(row for placement in placed for edit in placement.edits for row in edit.lines)
    whole = "\n".join(line.text for placement in placed for line in placement.hunk.lines)
    if _INVISIBLE.search(new) and not _INVISIBLE.search(before):
        return "added lines hold no-break or invisible blanks, which the file has none of. Write ordinary blanks."
    if _CURLY.search(new) and not _CURLY.search(before) and not re.search("[\"']", whole):
        return "added lines hold typographic quotes only, which the file has none of. Write ordinary quotes."
    escaped = _ENTITY.search(new) and not _UNESCAPED.search(whole) and not _ENTITY.search(before)
    if escaped and not path.endswith(_MARKUP):
        return "added lines hold HTML entities such as &lt; for the characters themselves. Write the characters."
    if path.endswith(_EVEN) and (_foreign_indent(before, new, whole) or _half_tabs(before, placed)):
        return "added lines are indented by blanks where the file uses tabs, or the other way round."
    odd = [placement.hunk for placement in placed if placement.edits and _odd(placement.hunk)]
    if any(path.endswith(_EVEN) or _beside(hunk) for hunk in odd):
        return "added lines are indented by an odd number of blanks, unlike every line around them."
    if _TRAILING.search(before) and any(
        placement.noisy and _TRAILING.search(_joined(placement)) for placement in placed
    ):
        return "lines of the diff end in blanks that the file has not: whether added ones should cannot be told."
    return ""


def _joined(placed: Placement) -> str:
    return "\n".join(line.text.rstrip("\r") for line in placed.hunk.lines if line.sign == "+")


def _foreign_indent(before: str, new: str, whole: str) -> bool:
    """Added lines are indented as the file never is, and no line of the diff as the file is."""
    tabs = bool(re.search(r"^\t", before, re.MULTILINE))
    blanks = bool(re.search(r"^ {2}", before, re.MULTILINE))
    if re.search(r"^\t" if tabs else r"^ {2}", whole, re.MULTILINE):
        return False
    return tabs != blanks and bool(re.search(r"^ {2,}\S" if tabs else r"^ *\t", new, re.MULTILINE))


def _half_tabs(before: str, placed: Sequence[Placement]) -> bool:
    """One hunk had to be turned into tabs, and another shows no indentation to tell from."""
    if "\n\t" not in before or not any(placement.rung == "shift" for placement in placed):
        return False
    rows = [row for placement in placed if placement.rung != "shift" for edit in placement.edits for row in edit.lines]
    return any(row.startswith("  ") and row.strip() for row in rows)


def _beside(hunk: Hunk) -> bool:
    """Every added line is one blank to the right of where lines of the context begin."""
    known = {len(indent(line.text)) for line in hunk.lines if line.sign == " " and line.text.strip()}
    return all(len(indent(line.text)) - 1 in known for line in hunk.lines if line.sign == "+" and line.text.strip())


def _odd(hunk: Hunk) -> bool:
    """Only insertions, every one a blank off: a blank may have been put after every +."""
    if hunk.reading or any(line.sign == "-" and line.text.strip() for line in hunk.lines):
        return False
    added = [line.text for line in hunk.lines if line.sign == "+" and line.text.strip()]
    known = [line.text for line in hunk.lines if line.sign == " " and line.text.strip()]
    odd = all(len(indent(text)) % 2 for text in added) and bool(added)
    return odd and bool(known) and not any(len(indent(text)) % 2 for text in known)

"""A hunk that leaves out blank lines and comments of the file, beside its only change too."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from p2c.diffs import line_matching
from p2c.diffs.model import FileLines, Hunk, LineEdit
from p2c.diffs.placement import Placement

_COMMENTS = ("#", "//")
MOST = 3
"""Lines that may be missing at one place: a paragraph of comments is no slip, and what stands there may matter."""


def with_left_out(hunk: Hunk, document: FileLines) -> Placement | None:
    """Place a hunk whose lines all stand in the file in their order, with only blank lines and comments between.

    One run of removed lines, which has to tell something and to stand in the file once: it alone tells the place. Lines
    are not left out inside of it, so nothing that is not shown is removed.
    """
    removed = [at for at, line in enumerate(hunk.lines) if line.sign == "-"]
    changed = [at for at, line in enumerate(hunk.lines) if line.sign != " "]
    if not removed or changed != list(range(changed[0], changed[-1] + 1)):
        return None
    gone = [hunk.lines[at].text for at in removed]
    places = document.find(gone, line_matching.exact, 2)
    if len(places) != 1 or not any(map(line_matching.telling, gone)):
        return None
    start, end = places[0], places[0] + len(gone)
    above = [line.text for line in reversed(hunk.lines[: changed[0]])]
    below = [line.text for line in hunk.lines[changed[-1] + 1 :]]
    if not any(map(line_matching.telling, above)) and not any(map(line_matching.telling, below)):
        return None
    if not _stand(above, reversed(document.lines[:start])) or not _stand(below, iter(document.lines[end:])):
        return None
    added = tuple(line.text for line in hunk.lines if line.sign == "+")
    return Placement(hunk, start, (LineEdit(start, end, added),), "left-out")


def _stand(wanted: list[str], there: Iterator[str]) -> bool:
    """Whether these lines come next in their order, with at most a few blank lines and comments before each."""
    for text in wanted:
        passed = list(itertools.islice(_until(text, there), MOST + 2))
        if not passed or passed[-1] != text or len(passed) > MOST + 1:
            return False
    return True


def _until(text: str, there: Iterator[str]) -> Iterator[str]:
    """Yield what is passed over, then the line itself; what is neither blank nor a comment ends the search."""
    for line in there:
        same = line_matching.right(line) == line_matching.right(text)
        if same:
            yield text
            return
        yield line
        if line.strip() and not line.strip().startswith(_COMMENTS):
            return

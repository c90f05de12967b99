"""A hunk whose result stands in the file already."""

from __future__ import annotations

import itertools

from p2c.diffs import line_matching
from p2c.diffs.hunk_variants import variants
from p2c.diffs.model import FileLines, Hunk
from p2c.diffs.placement import Placement, final_of


def already(hunk: Hunk, document: FileLines) -> Placement | None:
    """The hunk's result stands in the file already, whole and once: then it has nothing to do."""
    first, last = hunk.edges()
    known = [line.text for line in hunk.lines if line.sign == " " and line_matching.telling(line.text)]
    # One line of context may stand beside the same text elsewhere; two lines with words seldom do.
    if not hunk.changes or len(known) < 2 or not ((first and last) or _at_edge(hunk, document)):
        return None
    for reading in itertools.islice(variants(hunk), 2):
        places = document.find(reading.new, line_matching.right)
        if len(places) == 1 and final_of(hunk) in (None, document.final) and not _still(hunk, places[0], document):
            return Placement(hunk, places[0], (), "already")
    return None


def _still(hunk: Hunk, place: int, document: FileLines) -> bool:
    """A hunk that only removes, and most of what it removes stands right here: its context occurs twice in a row."""
    removed = [line.text for line in hunk.lines if line.sign == "-" and line_matching.telling(line.text)]
    if not removed or any(line.sign == "+" and line_matching.telling(line.text) for line in hunk.lines):
        return False
    near = range(place - len(hunk.old), place + len(hunk.old) + len(hunk.new))
    here = {line_matching.inner(document.lines[at]) for at in near if 0 <= at < len(document.lines)}
    return 2 * sum(line_matching.inner(text) in here for text in removed) >= len(removed)


def _at_edge(hunk: Hunk, document: FileLines) -> bool:
    """A missing side of context is what a diff shows at the beginning or the end of a file."""
    first, last = hunk.edges()
    new = hunk.new
    head = first > 0 or document.lines[: len(new)] == new
    tail = last > 0 or document.lines[-len(new) :] == new
    return head and tail

"""What the author of a refused diff is told: that nothing was changed, why, and the lines to look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from p2c.diffs import line_matching
from p2c.diffs.model import FileLines, Hunk
from p2c.errors import PatchError

AROUND = 4
"""Lines above and below that a refusal shows: one more than a diff's context, so that a hunk can be copied from it."""


class PlacementError(Exception):
    """A hunk that has no single place in a file; becomes a PatchError once every rung was tried."""

    def __init__(self, code: Literal["mismatch", "ambiguous"], places: Sequence[int] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.places = tuple(places)


def refused(code: str, path: str, why: str, number: int = 0) -> PatchError:
    """Return the refusal of a diff for reason `why`, at a hunk (1-based) where there is one."""
    where = f"{path}, hunk {number}" if number else path
    return PatchError(code, f"Nothing was changed. [{code}] {where}: {why}")


def misplaced(error: PlacementError, hunk: Hunk, document: FileLines, path: str, number: int) -> PatchError:
    """Return the refusal that shows the first line that differs, or every place that the hunk fits."""
    if error.code == "ambiguous":
        shown = "\n".join(f"place at line {place + 1}:\n{around(document, place)}" for place in error.places[:4])
        why = f"these lines stand at {len(error.places)} places and nothing tells which is meant. "
        why += "Add lines above or below that occur once, or name the def or class after the second @@.\n"
        return refused("ambiguous", path, why + shown, number)
    if not hunk.old:
        why = "it only adds lines and shows none of the file's, so its place is unknown. Show the lines around it."
        return refused("mismatch", path, why, number)
    place, first = nearest(hunk, document)
    wanted = hunk.old[first]
    at = place + first
    has = document.lines[at] if 0 <= at < len(document.lines) else "(the file has ended)"
    why = f"its lines are not in the file as shown.\nThe diff expects: {wanted}\n"
    why += f"The file has at line {at + 1}: {has}\n{around(document, at)}"
    return refused("mismatch", path, why + "\nCopy the lines from here, blanks included.", number)


def nearest(hunk: Hunk, document: FileLines) -> tuple[int, int]:
    """Return where most lines of a hunk stand, and the first of its lines that differs there: only to be shown."""
    old = hunk.old
    # 200 lines, each at 50 places, are enough votes; a line that stands more often says nothing of the place.
    votes: dict[int, int] = {}
    for offset, line in enumerate(old[:200]):
        if line_matching.inner(line):
            for place in document.find([line], line_matching.inner, 50):
                votes[place - offset] = votes.get(place - offset, 0) + 1
    given = (hunk.start or 1) - 1
    place = max(
        votes, key=lambda at: (votes[at], -abs(at - given)), default=min(given, max(0, len(document.lines) - 1))
    )
    for first, line in enumerate(old):
        at = place + first
        if not 0 <= at < len(document.lines) or document.lines[at] != line:
            return place, first
    return place, 0


def around(document: FileLines, at: int) -> str:
    """Return the file's lines around an index (0-based), numbered from 1."""
    begin, end = max(0, at - AROUND), min(len(document.lines), at + AROUND + 1)
    rows = [f"{number:5d} | {document.lines[number - 1][:200]}" for number in range(begin + 1, end + 1)]
    return "\n".join(rows) or "    (the file is empty)"

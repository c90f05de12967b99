"""How lines of a diff are compared with lines of a file, and what a uniform shift of indentation is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from p2c.diffs.hunk_variants import plain

Shift = Callable[[str], str | None]
"""Moves an added line as the lines around it were moved; None where it cannot."""

_SPACE = re.compile(r"\s+")
_LOST = re.compile("[\ufffd\udc80-\udcff]")


def exact(line: str) -> str:
    """The line itself."""
    return line


def right(line: str) -> str:
    """The line without trailing blanks and carriage return."""
    return line.rstrip(" \t\r")


def inner(line: str) -> str:
    """The line without the blanks around it."""
    return line.strip(" \t\r")


def loose(line: str) -> str:
    """The line without any blank, its quotes and typographic characters made one, undecodable bytes alike."""
    text = _SPACE.sub("", plain(_LOST.sub("?", line))).replace("'", '"').replace("`", '"')
    return text.rstrip(",;")


def telling(line: str) -> bool:
    """Whether a line has a word or a number to be known by."""
    return any(char.isalnum() for char in line)


def same(line: str) -> str | None:
    """No shift at all."""
    return line


def indent(line: str) -> str:
    """The blanks in front of a line."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def uniform(pairs: Sequence[tuple[str, str]]) -> Shift | None:
    """Return the one shift that turns every first line's indentation into the second's, or None."""
    moves = {(indent(ours), indent(theirs)) for ours, theirs in pairs if inner(ours)}
    if not moves:
        return None
    if all(ours == theirs for ours, theirs in moves):
        return same
    kept = any(not ours and not theirs for ours, theirs in pairs)
    return _prefix(moves) or _dropped(moves, kept) or _columns(moves)


def _prefix(moves: set[tuple[str, str]]) -> Shift | None:
    more = {theirs[: len(theirs) - len(ours)] for ours, theirs in moves if theirs.endswith(ours)}
    if len(more) != 1 or not all(theirs.endswith(ours) for ours, theirs in moves):
        return None
    front = more.pop()
    return lambda line: front + line if inner(line) else line


def _dropped(moves: set[tuple[str, str]], kept: bool) -> Shift | None:
    """Lines go to the left; `kept` where empty lines among them have not been moved to the right before."""
    less = {ours[: len(ours) - len(theirs)] for ours, theirs in moves if ours.endswith(theirs)}
    if len(less) != 1 or not all(ours.endswith(theirs) for ours, theirs in moves):
        return None
    front = less.pop()

    def move(line: str) -> str | None:
        if not inner(line):
            # Whether a line of blanks was moved with the others cannot be told, unless nothing of it is left.
            return "" if not line or (line == front and not kept) else None
        return line[len(front) :] if line.startswith(front) else None

    return move


def _columns(moves: set[tuple[str, str]]) -> Shift | None:
    """Tabs against blanks: one width of a tab and one number of columns have to explain every line."""
    tabs = any("\t" in theirs for _, theirs in moves)
    if tabs == any("\t" in ours for ours, _ in moves):
        return None
    fits = {}
    for width in (4, 8, 2, 3):
        shifts = {len(theirs.expandtabs(width)) - len(ours.expandtabs(width)) for ours, theirs in moves}
        if len(shifts) == 1:
            fits[width] = shifts.pop()
    # The same depth written the other way explains more than a shift that happens to fit.
    fits = {width: shift for width, shift in fits.items() if not shift} or fits
    if len(fits) != 1:
        return None
    width, shift = next(iter(fits.items()))

    def move(line: str) -> str | None:
        if not inner(line):
            return line
        columns = len(indent(line).expandtabs(width)) + shift
        if columns < 0:
            return None
        front = "\t" * (columns // width) + " " * (columns % width) if tabs else " " * columns
        return front + line.lstrip(" \t")

    return move

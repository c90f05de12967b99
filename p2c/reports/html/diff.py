"""A unified diff, coloured line by line; what replaces what can be laid side by side by the page's style alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from p2c.reports.html.elements import Html, el, join, room
from p2c.safe_text import lines, within

MOST_LINES = 2000
"""Lines of one diff that are shown; a line is cut after `WIDTH` characters."""
WIDTH = 400
MOST_BYTES = 400_000
"""Of one diff's markup, about."""
_WRAP = 32
"""Bytes of markup around a line."""


def render_diff(diff: str, most: int = MOST_BYTES) -> Html:
    """Return the diff as HTML; every line says by its first character and by its class what it is.

    Removed and added lines that follow each other stand in one element, so that a style may put them side by side.
    """
    shown = within(lines(diff.rstrip("\n"), MOST_LINES, WIDTH), most, lambda line: room(line) + _WRAP)
    parts = [
        el("span", *rows, class_="change") if changes else join(*rows)
        for changes, rows in ((key, [row for _, row in group]) for key, group in groupby(_rows(shown), _is_change))
    ]
    return el("pre", el("code", *parts), class_="diff", tabindex="0", role="region", aria_label="unified diff")


def changed(diff: str) -> tuple[int, int]:
    """Return how many lines a diff adds and how many it removes."""
    added = removed = 0
    in_hunk = False
    for line in diff.split("\n"):
        kind, in_hunk = _kind(line, in_hunk)
        added += kind == "add"
        removed += kind == "del"
    return added, removed


def _rows(shown: list[str]) -> Iterator[tuple[str, Html]]:
    in_hunk = False
    for line in shown:
        kind, in_hunk = _kind(line, in_hunk)
        yield kind, el("span", line + "\n", class_=kind)


def _is_change(row: tuple[str, Html]) -> bool:
    return row[0] in ("add", "del")


def _kind(line: str, in_hunk: bool) -> tuple[str, bool]:
    """Return what a line is; `--- ` is a header outside of a hunk, and inside of one a removed line."""
    if line.startswith("@@"):
        return "hunk", True
    if line.startswith(("diff --git ", "index ")):
        return "head", False
    if not in_hunk:
        return "head", False
    if line.startswith("--- a/") or line.startswith("+++ b/"):
        return "head", line.startswith("+++")
    return {"+": "add", "-": "del"}.get(line[:1], "same"), True

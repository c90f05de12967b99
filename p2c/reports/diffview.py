"""A unified diff, coloured line by line."""

from __future__ import annotations

from p2c.reports.markup import Html, el, join
from p2c.reports.visible import lines

MOST_LINES = 2000
"""Lines of one diff that are shown; a line is cut after `WIDTH` characters."""
WIDTH = 400


def render_diff(diff: str, most: int = MOST_LINES) -> Html:
    """Return the diff as HTML; every line says by its first character and by its class what it is."""
    shown = lines(diff.rstrip("\n"), most, WIDTH)
    rows: list[Html] = []
    in_hunk = False
    for line in shown:
        kind, in_hunk = _kind(line, in_hunk)
        rows.append(el("span", line + "\n", class_=kind))
    return el("pre", el("code", join(*rows)), class_="diff", tabindex="0", aria_label="unified diff")


def changed(diff: str) -> tuple[int, int]:
    """Return how many lines a diff adds and how many it removes."""
    added = removed = 0
    in_hunk = False
    for line in diff.split("\n"):
        kind, in_hunk = _kind(line, in_hunk)
        added += kind == "add"
        removed += kind == "del"
    return added, removed


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

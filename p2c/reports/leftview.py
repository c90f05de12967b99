"""What a repair left to a person, as HTML, Markdown and text: from the document's `left_open`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from p2c.reports.markup import Html, el, untrusted
from p2c.reports.visible import one_line

MOST = 50


def left_lines(document: Mapping[str, Any], width: int = 1000) -> list[str]:
    """Return one line for each check that holds by construction and each open point."""
    told: Iterable[Any] = document.get("left_open") or ()
    return [one_line(str(one), width) for one in list(told)[:MOST]]


def render_left_open(document: Mapping[str, Any]) -> Html | None:
    """Return the section, None where nothing was left open."""
    rows = [el("li", untrusted(line)) for line in left_lines(document)]
    if not rows:
        return None
    head = el("h2", "Left open for a person", id="left-open")
    return el("section", head, el("ul", *rows), aria_labelledby="left-open")

"""What a repair left to a person, as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from p2c.reports.html.elements import Html, el, untrusted
from p2c.reports.open_points import left_lines


def render_left_open(document: Mapping[str, Any]) -> Html | None:
    """Return the section, None where nothing was left open."""
    rows = [el("li", untrusted(line)) for line in left_lines(document)]
    if not rows:
        return None
    head = el("h2", "Open points", id="left-open")
    return el("section", head, el("ul", *rows), aria_labelledby="left-open")

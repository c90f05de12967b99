"""What a repair left to a person, a line each, from the document's `left_open`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from p2c.safe_text import one_line

MOST = 50


def left_lines(document: Mapping[str, Any], width: int = 1000) -> list[str]:
    """Return one line for each check that holds by construction and each open point."""
    points: Iterable[Any] = document.get("left_open") or ()
    return [one_line(str(point), width) for point in list(points)[:MOST]]

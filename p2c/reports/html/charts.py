"""Small inline SVG: bars, drawn with classes so that the page's style (light, dark, paper) colours them."""

from __future__ import annotations

from collections.abc import Sequence

from p2c.reports.html.elements import Html, el

WIDTH, HEIGHT, FOOT = 320, 90, 16
"""Units of the drawing; the page scales it."""
MOST_BARS = 60


def columns(values: Sequence[int], label: str) -> Html:
    """Return a column for each value, with its number above it; `label` is what a screen reader says.

    Of more than MOST_BARS values the last ones are drawn.
    """
    first = max(0, len(values) - MOST_BARS)
    shown = values[first:]
    step = WIDTH / max(1, len(shown))
    top = max([1, *shown])
    parts: list[Html] = []
    for index, value in enumerate(shown):
        height = (HEIGHT - 2 * FOOT) * value / top
        x, y = index * step, HEIGHT - FOOT - height
        bar = el("rect", x=number(x + step * 0.15), y=number(y), width=number(step * 0.7), height=number(height), rx=1)
        parts.append(bar)
        if len(shown) <= 24:
            middle = number(x + step / 2)
            parts.append(el("text", value, x=middle, y=number(y - 3), text_anchor="middle"))
            below = el("text", first + index + 1, x=middle, y=HEIGHT - 4, text_anchor="middle", class_="axis")
            parts.append(below)
    floor = el("line", x1=0, x2=WIDTH, y1=HEIGHT - FOOT, y2=HEIGHT - FOOT)
    title = el("title", label)
    return el("svg", title, *parts, floor, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", class_="columns")


def bar(start: float, length: float, total: float) -> Html:
    """Return one bar of a timeline: where it starts and how long it is, both as a part of the total."""
    scale = 100 / total if total > 0 else 0.0
    rectangle = el("rect", x=number(start * scale), y=1, width=number(max(0.6, length * scale)), height=8, rx=1)
    options = {"viewBox": "0 0 100 10", "preserveAspectRatio": "none", "class_": "bar", "aria_hidden": "true"}
    return el("svg", rectangle, **options)


def number(value: float) -> str:
    """Return a coordinate in as few characters as two decimals need."""
    return f"{value:.2f}".rstrip("0").rstrip(".")

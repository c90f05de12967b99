"""The main run as a sequence diagram: who calls whom, in order, drawn as the plan's own Mermaid text would be."""

from __future__ import annotations

from collections.abc import Sequence

from p2c.formatting import plural
from p2c.reports.html.charts import number
from p2c.reports.html.elements import Html, el
from p2c.safe_text import one_line

Step = tuple[str, str, str]
"""Who calls, who is called (files, or names that belong to none), and by what name."""

MOST_PARTIES, MOST_STEPS = 10, 80
LETTER, HEAD, ROW, EDGE = 6.7, 26.0, 28.0, 6.0
"""Units: width of a letter, height of a name's box and of a step, the empty margin."""
LONGEST, LOOP = 28, 21.0
"""Letters of a name, and where a loop's name begins beside its line."""


def render_sequence(steps: Sequence[Step]) -> Html | None:
    """Return the drawing; None where there is nothing to draw, or more than anybody could follow."""
    parties = list(dict.fromkeys(name for step in steps for name in step[:2]))
    if not steps or len(parties) > MOST_PARTIES or len(steps) > MOST_STEPS:
        return None
    labels = {name: _label(name) for name in parties}
    wide = max(len(label) for label in [*labels.values(), *(_label(step[2]) for step in steps)]) * LETTER + 22
    at = {name: wide * (place + 0.5) for place, name in enumerate(parties)}
    height = HEAD + ROW * (len(steps) + 0.6)
    lines = [el("line", x1=number(x), x2=number(x), y1=HEAD, y2=number(height)) for x in at.values()]
    heads = [part for name in parties for part in _head(at[name], labels[name])]
    arrows = [part for place, step in enumerate(steps) for part in _arrow(step, HEAD + ROW * (place + 0.9), at)]
    title = "The main run, step by step"
    words = f"{plural(len(steps), 'step')} between {plural(len(parties), 'file')}. The table below says the same."
    beside = [at[start] + LOOP + len(_label(name)) * LETTER for start, end, name in steps if start == end]
    width = max([wide * len(parties), *beside]) + 2 * EDGE
    view = f"{-EDGE:g} {-EDGE:g} {number(width)} {number(height + 2 * EDGE)}"
    description = [el("title", title), el("desc", words)]
    drawing = el("svg", *description, *lines, *heads, *arrows, viewBox=view, width=number(width),
                 height=number(height + 2 * EDGE), role="img", class_="graph steps")  # fmt: skip
    return el("div", drawing, class_="scroll", tabindex=0, role="region", aria_label=title)


def _label(name: str) -> str:
    shown = one_line(name, 200)
    return shown if len(shown) <= LONGEST else f"…{shown[1 - LONGEST :]}"


def _head(x: float, label: str) -> list[Html]:
    width = len(label) * LETTER + 14
    frame = el("rect", x=number(x - width / 2), y=0, width=number(width), height=HEAD, rx=4)
    return [frame, el("text", label, x=number(x), y=number(HEAD / 2 + 4), text_anchor="middle")]


def _arrow(step: Step, y: float, at: dict[str, float]) -> list[Html]:
    """Return a step as an arrow with its name above it; one to oneself is a small loop with its name beside it."""
    start, end, label = at[step[0]], at[step[1]], _label(step[2])
    if start == end:
        way = f"M{number(start)} {number(y - 5)}h16v10h-12"
        text = el("text", label, x=number(start + LOOP), y=number(y + 4))
        return [el("path", d=way, class_="edge"), _point(start, y + 5, 1), text]
    side = 1 if start > end else -1
    middle = number((start + end) / 2)
    way = f"M{number(start)} {number(y)}H{number(end + 4 * side)}"
    text = el("text", label, x=middle, y=number(y - 5), text_anchor="middle")
    return [el("path", d=way, class_="edge"), _point(end, y, side), text]


def _point(x: float, y: float, side: int) -> Html:
    back = number(x + 6 * side)
    return el("path", d=f"M{number(x)} {number(y)}L{back} {number(y - 3.5)}L{back} {number(y + 3.5)}Z", class_="head")

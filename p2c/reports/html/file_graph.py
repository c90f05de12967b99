"""Which file uses which, as a drawing and in words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from p2c.formatting import plural
from p2c.reports.file_dependencies import Uses
from p2c.reports.html.charts import number
from p2c.reports.html.elements import Html, el, untrusted
from p2c.reports.html.graph_layout import HEIGHT, NodeBox, arrange
from p2c.safe_text import one_line

MOST_NODES = 40
"""Files drawn; of more, their folders are drawn instead."""
MOST_ROWS = 400
LETTER, EDGE = 6.7, 6.0
"""Width of a letter in a box, and the empty margin around the drawing."""
LONGEST = 30


def render_graph(uses: Uses) -> Html | None:
    """Return the drawing with its text alternative, None where there are not two files to tell apart."""
    if len(uses) < 2:
        return None
    graph = folded(uses, MOST_NODES)
    what = "files" if graph.keys() == uses.keys() else "folders"
    count = sum(len(others) for others in graph.values())
    title = f"Dependencies between the {len(graph)} {what}"
    note = None
    if what == "folders":
        note = el("p", f"The repository has {plural(len(uses), 'file')}; the graph shows folders.", class_="soft")
    words = f"Arrows point from a file to one that it uses: {plural(count, 'arrow')}. The list below says the same."
    frame = el("div", _drawing(graph, title, words), class_="scroll", tabindex=0, role="region", aria_label=title)
    return el("div", note, frame, _words(uses))


def folded(uses: Uses, most: int) -> Uses:
    """Return uses between at most `most` nodes: where there are more files, between their folders, the deepest that
    are few enough."""
    depth = max((path.count("/") for path in uses), default=0)
    graph = uses
    while len(graph) > most and depth > 0:
        graph, depth = _by_folder(uses, depth), depth - 1
    if len(graph) <= most:
        return graph
    ties = {node: len(others) for node, others in graph.items()}
    for others in graph.values():
        for other in others:
            ties[other] += 1
    kept = set(sorted(graph, key=lambda node: -ties[node])[:most])
    return {node: tuple(other for other in graph[node] if other in kept) for node in graph if node in kept}


def _by_folder(uses: Uses, depth: int) -> Uses:
    def fold(path: str) -> str:
        parts = path.split("/")
        return path if len(parts) == 1 else "/".join(parts[: min(depth, len(parts) - 1)]) + "/"

    edges: dict[str, list[str]] = {}
    for path, others in uses.items():
        here = fold(path)
        edges.setdefault(here, []).extend(fold(other) for other in others if fold(other) != here)
    return {node: tuple(dict.fromkeys(others)) for node, others in edges.items()}


def _drawing(uses: Uses, title: str, words: str) -> Html:
    labels = {node: _label(node) for node in uses}
    layout = arrange(uses, {node: len(label) * LETTER + 14 for node, label in labels.items()})
    lines = [part for _, _, points in layout.edges for part in _line(points)]
    boxes = [part for box in layout.boxes for part in _box(box, labels[box.node])]
    width, height = layout.width + 2 * EDGE, layout.height + 2 * EDGE
    view = f"{-EDGE:g} {-EDGE:g} {number(width)} {number(height)}"
    description = [el("title", title), el("desc", words)]
    return el("svg", *description, *lines, *boxes, viewBox=view, width=number(width), height=number(height), role="img",
              class_="graph")  # fmt: skip


def _label(node: str) -> str:
    shown = one_line(node, 200)
    return shown if len(shown) <= LONGEST else f"…{shown[1 - LONGEST :]}"


def _box(box: NodeBox, label: str) -> list[Html]:
    kind = "test" if box.node.split("/")[0] in ("tests", "test") else None
    frame = el("rect", x=number(box.x - box.width / 2), y=number(box.y), width=number(box.width), height=HEIGHT, rx=4,
               class_=kind)  # fmt: skip
    return [frame, el("text", label, x=number(box.x), y=number(box.y + HEIGHT / 2 + 4), text_anchor="middle")]


def _line(points: Sequence[tuple[float, float]]) -> list[Html]:
    """Return an edge as a curve that leaves and arrives upright, and its arrow's head."""
    way = f"M{number(points[0][0])} {number(points[0][1])}"
    for (x, y), (to_x, to_y) in pairwise(points):
        half = (y + to_y) / 2
        way += f"C{number(x)} {number(half)} {number(to_x)} {number(half)} {number(to_x)} {number(to_y)}"
    x, y = points[-1]
    back = -6 if y >= points[-2][1] else 6
    head = f"M{number(x)} {number(y)}L{number(x - 3.5)} {number(y + back)}L{number(x + 3.5)} {number(y + back)}Z"
    return [el("path", d=way, class_="edge"), el("path", d=head, class_="head")]


def _words(uses: Uses) -> Html:
    rows = [_row(path, others) for path, others in list(uses.items())[:MOST_ROWS]]
    if len(uses) > MOST_ROWS:
        rows.append(el("li", f"… {len(uses) - MOST_ROWS:,} more"))
    return el("details", el("summary", "As a list"), el("div", el("ul", *rows)))


def _row(path: str, others: Sequence[str]) -> Html:
    text = f"uses {', '.join(others[:30])}" if others else "uses no other file"
    return el("li", el("b", untrusted(one_line(path, 200))), " ", untrusted(one_line(text, 1000)))

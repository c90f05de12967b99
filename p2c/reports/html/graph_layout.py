"""A graph in layers, as numbers: who uses others stands above what is used (Sugiyama's method, kept small)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Graph = Mapping[str, Sequence[str]]
"""Node -> the nodes below it; every node is a key."""
Bend = tuple[str, str, int]
"""A place where a long edge passes a layer: from, to, the layer."""
Item = str | Bend

GAP, STEP, HEIGHT = 18.0, 62.0, 26.0
"""Units between two boxes, between two layers, and of a box's height."""
WIDEST = 6
"""Boxes side by side; a layer of more is split."""
SWEEPS = 12


@dataclass(frozen=True)
class NodeBox:
    """Where a node stands: its middle, its top and its width."""

    node: str
    x: float
    y: float
    width: float


@dataclass(frozen=True)
class Layout:
    """Boxes, and each edge as the points that it passes; all coordinates are positive."""

    boxes: tuple[NodeBox, ...]
    edges: tuple[tuple[str, str, tuple[tuple[float, float], ...]], ...]
    width: float
    height: float


def arrange(graph: Graph, widths: Mapping[str, float]) -> Layout:
    """Return where everything stands; edges that close a circle are drawn against the direction of the others."""
    down = _without_circles(graph)
    rank = _split(_ranks(down), graph)
    rows, wires = _rows(down, rank)
    _untangle(rows, wires)
    size = {item: widths.get(item, 0.0) if isinstance(item, str) else 8.0 for row in rows for item in row}
    at = _place(rows, wires, size)
    left = min((at[item] - size[item] / 2 for item in at), default=0.0)
    right = max((at[item] + size[item] / 2 for item in at), default=0.0)
    at = {item: x - left for item, x in at.items()}
    boxes = tuple(NodeBox(node, at[node], rank[node] * STEP, size[node]) for node in graph)
    edges = tuple((start, end, _points(start, end, rank, at)) for start in graph for end in graph[start])
    return Layout(boxes, edges, right - left, max(0, len(rows) - 1) * STEP + HEIGHT)


def _without_circles(graph: Graph) -> dict[str, list[str]]:
    """Return the graph with each edge that leads back to where the walk came from turned round."""
    down: dict[str, list[str]] = {node: [] for node in graph}
    done: set[str] = set()
    for first in graph:
        path: dict[str, Iterator[str]] = {} if first in done else {first: iter(graph[first])}
        while path:
            node = next(reversed(path))
            end = next(path[node], None)
            if end is None:
                path.pop(node)
                done.add(node)
            elif end in path:
                down[end].append(node)
            else:
                down[node].append(end)
                if end not in done:
                    path[end] = iter(graph[end])
    return {node: list(dict.fromkeys(end for end in ends if end != node)) for node, ends in down.items()}


def _ranks(down: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return the layer of each node: one below the lowest of those that use it."""
    above = {node: 0 for node in down}
    for ends in down.values():
        for end in ends:
            above[end] += 1
    rank = {node: 0 for node in down}
    ready = [node for node, users in above.items() if not users]
    while ready:
        node = ready.pop()
        for end in down[node]:
            rank[end] = max(rank[end], rank[node] + 1)
            above[end] -= 1
            if not above[end]:
                ready.append(end)
    return rank


def _split(rank: Mapping[str, int], graph: Graph) -> dict[str, int]:
    """Give each layer at most WIDEST nodes, and those that have no edge layers of their own at the bottom."""
    tied = {end for ends in graph.values() for end in ends} | {node for node, ends in graph.items() if ends}
    layers: dict[int, list[str]] = {}
    for node, layer in rank.items():
        layers.setdefault(layer if node in tied else len(rank), []).append(node)
    rows = [layers[key][at : at + WIDEST] for key in sorted(layers) for at in range(0, len(layers[key]), WIDEST)]
    return {node: number for number, row in enumerate(rows) for node in row}


def _rows(
    down: Mapping[str, Sequence[str]], rank: Mapping[str, int]
) -> tuple[list[list[Item]], list[dict[Item, list[Item]]]]:
    """Return the layers, and between each and the next its edges; long edges get a bend in every layer they pass."""
    rows: list[list[Item]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    wires: list[dict[Item, list[Item]]] = [{} for _ in rows]
    for node in down:
        rows[rank[node]].append(node)
    for start, ends in down.items():
        for end in ends:
            way: list[Item] = [start, *((start, end, layer) for layer in range(rank[start] + 1, rank[end])), end]
            for layer, (item, next_item) in enumerate(pairwise(way), rank[start]):
                wires[layer].setdefault(item, []).append(next_item)
                if isinstance(next_item, tuple):
                    rows[layer + 1].append(next_item)
    return rows, wires


def _untangle(rows: list[list[Item]], wires: list[dict[Item, list[Item]]]) -> None:
    """Order each layer by the middle of its neighbours, down and up in turn; the order with fewest crossings stays."""
    best, fewest = [list(row) for row in rows], _crossings(rows, wires)
    for sweep in range(SWEEPS):
        order = range(1, len(rows)) if sweep % 2 == 0 else range(len(rows) - 2, -1, -1)
        for number in order:
            fixed = {item: place for place, item in enumerate(rows[number - 1 if sweep % 2 == 0 else number + 1])}
            beside = _neighbours(wires, number, sweep % 2 == 0)
            places = {item: place for place, item in enumerate(rows[number])}
            rows[number].sort(key=lambda item: _middle([fixed[o] for o in beside.get(item, ())], places[item]))
        now = _crossings(rows, wires)
        if now < fewest:
            best, fewest = [list(row) for row in rows], now
    rows[:] = best


def _neighbours(wires: list[dict[Item, list[Item]]], number: int, above: bool) -> dict[Item, list[Item]]:
    if not above:
        return wires[number]
    turned: dict[Item, list[Item]] = {}
    for start, ends in wires[number - 1].items():
        for end in ends:
            turned.setdefault(end, []).append(start)
    return turned


def _crossings(rows: list[list[Item]], wires: list[dict[Item, list[Item]]]) -> int:
    total = 0
    for number, wire in enumerate(wires[:-1]):
        upper = {item: place for place, item in enumerate(rows[number])}
        lower = {item: place for place, item in enumerate(rows[number + 1])}
        lines = sorted((upper[start], lower[end]) for start, ends in wire.items() for end in ends)
        total += sum(b[1] < a[1] for at, a in enumerate(lines) for b in lines[at + 1 :] if b[0] > a[0])
    return total


def _place(
    rows: list[list[Item]], wires: list[dict[Item, list[Item]]], size: Mapping[Item, float]
) -> dict[Item, float]:
    """Return the middle of everything: as near to the neighbours' middle as the order and the widths let it."""
    at: dict[Item, float] = {}
    for row in rows:
        at.update(_pushed(row, {item: 0.0 for item in row}, size))
    for sweep in range(SWEEPS):
        order = range(1, len(rows)) if sweep % 2 == 0 else range(len(rows) - 2, -1, -1)
        for number in order:
            beside = _neighbours(wires, number, sweep % 2 == 0)
            wish = {item: _middle([at[o] for o in beside.get(item, ())], at[item]) for item in rows[number]}
            at.update(_pushed(rows[number], wish, size))
    return at


def _pushed(row: list[Item], wish: Mapping[Item, float], size: Mapping[Item, float]) -> dict[Item, float]:
    """Keep the distances: the mean of pushing to the right from the left end and to the left from the other."""
    right, left = dict(wish), dict(wish)
    for current, neighbour in pairwise(row):
        right[neighbour] = max(right[neighbour], right[current] + (size[current] + size[neighbour]) / 2 + GAP)
    for neighbour, current in pairwise(reversed(row)):
        left[current] = min(left[current], left[neighbour] - (size[current] + size[neighbour]) / 2 - GAP)
    return {item: (right[item] + left[item]) / 2 for item in row}


def _middle(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _points(start: str, end: str, rank: Mapping[str, int], at: Mapping[Item, float]) -> tuple[tuple[float, float], ...]:
    turned = rank[start] > rank[end]
    upper, lower = (end, start) if turned else (start, end)
    points = [(at[upper], rank[upper] * STEP + HEIGHT)]
    for layer in range(rank[upper] + 1, rank[lower]):
        x = at[(upper, lower, layer)]
        points += [(x, layer * STEP), (x, layer * STEP + HEIGHT)]
    points.append((at[lower], rank[lower] * STEP))
    return tuple(reversed(points)) if turned else tuple(points)

"""The order that files are written in: who needs whose code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

Graph = Mapping[str, Sequence[str]]
"""Path -> paths that it uses; every path is a key."""


def find_cycle(graph: Graph) -> tuple[str, ...]:
    """Return one cycle, its first path (in the graph's order) repeated at the end; empty where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = list(reversed(error.args[1]))[:-1]
        first = circle.index(min(circle, key=list(graph).index))
        return (*circle[first:], *circle[: first + 1])
    return ()


def waves(graph: Graph) -> tuple[tuple[str, ...], ...]:
    """Return the paths in waves, each in the graph's order: a wave needs only earlier ones. ValueError on a cycle."""
    if cycle := find_cycle(graph):
        raise ValueError(f"a cycle: {' -> '.join(cycle)}")
    order, ordered = list(graph), list[tuple[str, ...]]()
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    while wave := sorter.get_ready():
        ordered.append(tuple(sorted(wave, key=order.index)))
        sorter.done(*wave)
    return tuple(ordered)

"""The order that files are written in: who needs whose code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Graph = Mapping[str, Sequence[str]]
"""Path -> paths that it uses; every path is a key."""


def find_cycle(graph: Graph) -> tuple[str, ...]:
    """Return one cycle, its first path repeated at the end; empty where there is none."""
    done: set[str] = set()
    for start in graph:
        if found := _follow(graph, start, (), done):
            return found
    return ()


def waves(graph: Graph) -> tuple[tuple[str, ...], ...]:
    """Return the paths in waves: each needs only what stands in earlier ones. Raises ValueError on a cycle."""
    left = dict(graph)
    done: set[str] = set()
    found: list[tuple[str, ...]] = []
    while left:
        wave = tuple(path for path, uses in left.items() if done.issuperset(uses))
        if not wave:
            raise ValueError(f"a cycle: {' -> '.join(find_cycle(left))}")
        found.append(wave)
        done.update(wave)
        left = {path: uses for path, uses in left.items() if path not in done}
    return tuple(found)


def _follow(graph: Graph, path: str, trail: tuple[str, ...], done: set[str]) -> tuple[str, ...]:
    if path in trail:
        return (*trail[trail.index(path) :], path)
    if path in done:
        return ()
    for used in graph.get(path, ()):
        if found := _follow(graph, used, (*trail, path), done):
            return found
    done.add(path)
    return ()

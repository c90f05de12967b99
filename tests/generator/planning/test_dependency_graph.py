from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2c.generator.planning.dependency_graph import find_cycle, waves


def test_waves() -> None:
    graph = {"main": ["model", "data"], "model": ["layers"], "layers": [], "data": [], "test": ["model"]}
    assert waves(graph) == (("layers", "data"), ("model",), ("main", "test"))
    assert find_cycle(graph) == ()


def test_a_cycle_is_named() -> None:
    graph = {"a": ["b"], "b": ["c"], "c": ["d", "b"], "d": []}
    assert find_cycle(graph) == ("b", "c", "b")
    with pytest.raises(ValueError, match="b -> c -> b"):
        waves(graph)


@given(st.dictionaries(st.integers(0, 7), st.lists(st.integers(0, 7)), max_size=8))
def test_either_a_cycle_or_an_order(drawn: dict[int, list[int]]) -> None:
    graph = {str(key): [str(use) for use in uses if use in drawn] for key, uses in drawn.items()}
    cycle = find_cycle(graph)
    if cycle:
        assert cycle[0] == cycle[-1]
        assert all(after in graph[before] for before, after in pairwise(cycle))
    else:
        done: set[str] = set()
        for wave in waves(graph):
            assert all(done.issuperset(graph[path]) for path in wave)
            done.update(wave)
        assert done == set(graph)

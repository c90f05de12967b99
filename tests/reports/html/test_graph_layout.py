from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from p2c.reports.html.graph_layout import GAP, WIDEST, arrange

NODES = [f"n{number}" for number in range(9)]
GRAPHS = st.fixed_dictionaries({node: st.lists(st.sampled_from(NODES), unique=True) for node in NODES}).map(
    lambda graph: {node: [end for end in ends if end != node] for node, ends in graph.items()}
)


def laid_out(graph):
    return arrange(graph, dict.fromkeys(graph, 40.0))


def places(graph):
    return {box.node: (box.x, box.y) for box in laid_out(graph).boxes}


def test_who_uses_stands_above_what_is_used():
    at = places({"main": ["model", "data"], "model": ["data"], "data": []})

    assert at["main"][1] < at["model"][1] < at["data"][1]


def test_a_chain_is_a_straight_line():
    assert len({x for x, _ in places({"a": ["b"], "b": ["c"], "c": []}).values()}) == 1


def test_lines_that_need_not_cross_do_not():
    at = places({"a": ["d"], "b": ["c"], "c": [], "d": []})

    assert (at["a"][0] < at["b"][0]) == (at["d"][0] < at["c"][0])


def test_what_nobody_uses_and_uses_nobody_stands_below():
    at = places({"alone": [], "a": ["b"], "b": []})

    assert at["alone"][1] > at["b"][1]


def test_an_edge_that_closes_a_circle_leads_up_again():
    (down, up) = laid_out({"a": ["b"], "b": ["a"]}).edges

    assert down[2][0][1] < down[2][-1][1]
    assert up[2][0][1] > up[2][-1][1]


def test_a_wide_layer_is_split():
    layout = laid_out({"main": [f"n{n}" for n in range(20)], **{f"n{n}": [] for n in range(20)}})
    rows = [box.y for box in layout.boxes]

    assert max(rows.count(y) for y in rows) == WIDEST


def test_nothing_is_a_drawing_of_nothing():
    assert laid_out({}).boxes == ()


@given(GRAPHS)
def test_boxes_never_overlap_edges_meet_them_and_all_of_it_is_inside(graph):
    layout = laid_out(graph)
    at = {box.node: box for box in layout.boxes}

    assert set(at) == set(graph)
    for y in {box.y for box in layout.boxes}:
        row = sorted(box.x for box in layout.boxes if box.y == y)
        assert all(right - left >= 40 + GAP - 1e-6 for left, right in pairwise(row))
    assert {(start, end) for start, end, _ in layout.edges} == {(a, b) for a in graph for b in graph[a]}
    for start, end, points in layout.edges:
        assert (points[0][0], points[-1][0]) == (at[start].x, at[end].x)
        assert all(-1e-6 <= x <= layout.width + 1e-6 and 0 <= y <= layout.height for x, y in points)

"""Rubrics: read from files of two forms, weighed up the tree, drawn with quotations that are in the paper."""

import json
from pathlib import Path
from typing import Any

import pytest

from p2c.errors import InputError
from p2c.generator.quote_check import QuoteIndex
from p2c.generator.structured_replies import InvalidReply
from p2c.scoring.rubric import (
    RubricItem,
    read_rubric,
    rubric_from_data,
    rubric_to_data,
    shares,
    trails,
    unquoted,
    value_of,
)
from p2c.scoring.rubric_generation import read_rubric_reply
from tests.scoring.samples import PAPER, QUOTES, rubric_reply

BENCH = {
    "id": "root", "requirements": "the paper is replicated", "weight": 1, "sub_tasks": [
        {"id": "method", "requirements": "the method is there", "weight": 3, "sub_tasks": [
            {"id": "loss", "requirements": "the loss is there", "weight": 1, "sub_tasks": [],
             "task_category": "Code Development", "finegrained_task_category": "Method Implementation"},
            {"id": "run", "requirements": "it was run", "weight": 3, "sub_tasks": [],
             "task_category": "Code Execution"}]},
        {"id": "table", "requirements": "the numbers agree", "weight": 1, "sub_tasks": [],
         "task_category": "Result Analysis"}]}  # fmt: skip


def test_a_paperbench_tree_is_read_and_its_leaves_judged() -> None:
    root = rubric_from_data(BENCH)
    assert [(leaf.id, leaf.kind) for leaf in root.leaves()] == [
        ("loss", "code"), ("run", "execution"), ("table", "result"),
    ]  # fmt: skip


def test_a_leaf_knows_what_stands_above_it() -> None:
    root = rubric_from_data(BENCH)
    assert trails(root) == {"loss": ("the method is there",), "run": ("the method is there",), "table": ()}


def test_weights_propagate_as_the_mean_of_each_level() -> None:
    root = rubric_from_data(BENCH)
    assert shares(root) == {"loss": 3 / 4 / 4, "run": 3 / 4 * 3 / 4, "table": 1 / 4}
    assert value_of(root, {"loss": 1.0, "run": 0.0, "table": 0.0}) == pytest.approx(3 / 16)
    assert value_of(root, {"loss": 0.5, "run": 1.0, "table": 1.0}) == pytest.approx(0.25 + 0.75 * (0.5 + 3) / 4)


def test_what_nobody_judged_counts_neither_way() -> None:
    root = rubric_from_data(BENCH)
    assert value_of(root, {"loss": 1.0, "table": 0.0}) == pytest.approx(3 / 4)
    assert value_of(root, {"table": 0.5}) == 0.5
    assert value_of(root, {}) is None


def test_a_weight_of_nothing_is_worth_nothing() -> None:
    root = rubric_from_data({"items": [{"id": "a", "requirement": "x", "weight": 0}]})
    assert value_of(root, {"a": 1.0}) == 0.0 and shares(root) == {"a": 0.0}


def test_a_rubric_is_written_and_read_back() -> None:
    drawn = read_rubric_reply(rubric_reply(), QuoteIndex(PAPER))
    data = json.loads(json.dumps(rubric_to_data(drawn, {"title": "T"})))
    assert data["title"] == "T" and list(data["items"][0]) == [
        "id", "requirement", "section", "quote", "weight", "kind",
    ]  # fmt: skip
    assert rubric_from_data(data).parts == drawn.parts


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ([], "not an object"),
        ({"items": [{"id": "a"}]}, "a has no requirement"),
        ({"items": [{"id": "a", "requirement": "x"}, {"id": "a", "requirement": "y"}]}, "'a' occurs twice"),
        ({"items": [{"id": "a", "requirement": "x", "weight": -1}]}, "weight"),
        ({"items": [{"id": "a", "requirement": "x", "weight": True}]}, "weight"),
        ({"items": [{"id": "a", "requirement": "x", "kind": "style"}]}, "'style' is not one of"),
        ({"items": ["x"]}, "not an object"),
        ({"id": "a", "requirements": "x", "sub_tasks": "none"}, "sub_tasks"),
    ],
)
def test_what_is_no_rubric_is_refused_with_the_item(data: Any, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        rubric_from_data(data)


def test_a_file_that_is_no_rubric_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_rubric(tmp_path / "none.json")
    place = tmp_path / "rubric.json"
    place.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="not JSON"):
        read_rubric(place)
    place.write_text("3", encoding="utf-8")
    with pytest.raises(InputError, match=r"rubric\.json"):
        read_rubric(place)


def test_quotations_are_looked_for_in_the_paper() -> None:
    drawn = read_rubric_reply(rubric_reply(), QuoteIndex(PAPER))
    assert [item.weight for item in drawn.parts] == [1, 2, 3, 4, 5]
    invented = (*QUOTES[:4], "a sentence that the paper lacks")
    with pytest.raises(InvalidReply, match="a sentence that the paper lacks") as refused:
        read_rubric_reply(rubric_reply(invented), QuoteIndex(PAPER))
    assert refused.value.settle is None, "four items are no rubric"
    with pytest.raises(InvalidReply) as refused:
        read_rubric_reply(rubric_reply((*QUOTES, "nor this one")), QuoteIndex(PAPER))
    assert [item.quote for item in refused.value.settle.parts] == list(QUOTES)


def test_quotations_that_are_not_there_are_told() -> None:
    items = tuple(
        RubricItem(name, "x", quote=quote) for name, quote in (("a", QUOTES[0]), ("b", "not there at all"), ("c", ""))
    )
    assert unquoted(RubricItem("root", "x", parts=items), QuoteIndex(PAPER)) == ["b"]

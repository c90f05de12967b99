from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from p2c.errors import InputError
from p2c.generator.paper import Figure
from p2c.generator.planning import make_plan
from p2c.generator.serialization import paper_from_data, paper_to_data, plan_from_data, plan_to_data
from tests.generator.conversation import PAPER, good_replies, model, session


def test_a_plan_comes_back_from_json() -> None:
    plan = make_plan(PAPER, session(model(good_replies())))
    assert plan_from_data(json.loads(json.dumps(plan_to_data(plan)))) == plan


def test_a_paper_comes_back_from_json() -> None:
    figures = (Figure("fig:a", "A", Path("a.png")), Figure("fig:b", "B", page=3))
    paper = replace(PAPER, figures=figures, notes=("one page is an image",), file=Path("p.pdf"))
    assert paper_from_data(json.loads(json.dumps(paper_to_data(paper)))) == paper


@pytest.mark.parametrize("data", [{}, {"files": 1}, {"files": [{}]}, {"unknown": 1}])
def test_what_is_neither_says_so(data: dict[str, object]) -> None:
    with pytest.raises(InputError, match="not a plan"):
        plan_from_data(data)
    with pytest.raises(InputError, match="not a paper"):
        paper_from_data(data)

"""Which criteria name a formula, what is worked first, and what goes together."""

from __future__ import annotations

import pytest

from p2c.pipeline.fidelity.tickets import grouped, names_formula, ordered
from p2c.pipeline.fidelity.verdicts import Judgement
from p2c.scoring.evidence import Evidence
from p2c.scoring.judging import ItemVerdict, Verdict
from p2c.scoring.rubric import RubricItem
from tests.pipeline.fidelity.descent import REPO, criterion


@pytest.mark.parametrize(
    ("requirement", "quote", "formula"),
    [
        ("the loss is a sum over time", r"L = \sum_t (y_t - \hat y_t)^2", True),
        ("the step of Eq. 7 is used", "we then update the weights", True),
        ("the temperature divides the logits", r"\frac{z_i}{\tau}", True),
        ("the learning rate is 0.1", r"learning rate $\eta = 3 \times 10^{-4}$", False),
        ("the batch has 64 samples", "batch size = 64", False),
        ("gradients are clipped", "Gradients are clipped", False),
    ],
)
def test_a_formula_is_one_and_a_value_is_not(requirement: str, quote: str, formula: bool) -> None:
    assert names_formula(criterion("c1", requirement, "Method", quote)) is formula
    assert not names_formula(criterion("c1", requirement, "Method", quote, "experiment"))


def judged(name: str, verdict: Verdict, path: str, weight: float, quote: str = "words") -> Judgement:
    evidence = (Evidence(path, 1, 1),)
    return Judgement(
        criterion(name, f"requirement {name}", "Method", quote, weight=weight),
        ItemVerdict(RubricItem(name, "r"), verdict, "why", evidence),
    )


def test_the_order_is_what_a_cure_is_worth() -> None:
    found = [judged("c1", "partly", "main.py", 5), judged("c2", "not", "main.py", 4), judged("c3", "met", "main.py", 9)]
    assert [one.criterion.id for one in ordered(found, {})] == ["c2", "c1"]
    assert [one.criterion.id for one in ordered(found, {"c2": 1})] == ["c1", "c2"]
    assert [one.criterion.id for one in ordered(found, {"c2": 2})] == ["c1"], "given up"


def test_few_criteria_of_few_files_go_together_and_formulas_apart() -> None:
    found = [
        judged("c1", "not", "main.py", 5),
        judged("c2", "not", "descent.py", 5),
        judged("c3", "not", "config.json", 5),
        judged("c4", "not", "main.py", 5, "x = y + z"),
        judged("c5", "not", "main.py", 5),
        judged("c6", "not", "descent.py", 5),
    ]
    assert [ticket.ids for ticket in grouped(found, REPO, None, {})] == [("c1", "c2", "c5"), ("c3", "c6"), ("c4",)]
    alone = [ticket.ids for ticket in grouped(found[:2], REPO, None, {"c1": 1})]
    assert alone == [("c1",), ("c2",)], "what was tried in company is asked for alone"


def test_a_verdict_on_lines_that_nothing_executes_is_half() -> None:
    met = judged("c1", "met", "main.py", 1)
    dead = Judgement(met.criterion, met.verdict, executed=False)
    assert (met.status, dead.status, dead.credit) == ("met", "partly", 0.5)
    assert "dead evidence" in dead.why and dead.finding(None).rule == "c1" and not dead.finding(None).gates
    unshown = Judgement(met.criterion, ItemVerdict(RubricItem("c1", "r"), "met", "why"), executed=True)
    assert unshown.status == "not", "executed lines make nothing met"

"""Planning, between overview and design: criteria with their quotations, open questions, and the inventory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from p2c.generator.criteria import Criterion, sealed
from p2c.generator.inventory import take_inventory
from p2c.generator.paper import Paper
from p2c.generator.plan import Decision, Plan
from p2c.generator.planning.schemas import (
    CriteriaReply,
    CriterionReply,
    EditedCriteriaReply,
    QuestionReply,
)
from p2c.generator.quote_check import PaperQuotes, not_in_paper
from p2c.generator.structured_replies import read_json, refuse

LEAST, MOST = 12, 40
ENOUGH = 5
"""Criteria with which planning goes on when no reply brings more."""


def read_criteria(reply: str, plan: Plan, paper: Paper) -> Plan:
    """Return the plan with criteria (a third of them sealed), questions and inventory; raises Unusable.

    A criterion whose quotation never comes right is left out. Its section becomes the one in which the words stand.
    """
    said = read_json(reply, CriteriaReply)
    quotes = PaperQuotes(paper)
    wrong = not_in_paper((item.quote for item in said.criteria), quotes)
    wrong += [
        f"criteria: {item.requirement[:80]!r} is delegated: say in `cites` to which work"
        for item in said.criteria
        if item.status == "delegated" and not item.cites.strip()
    ]
    if not LEAST <= len(said.criteria) <= MOST:
        wrong.append(f"criteria: there are {len(said.criteria)}; give {LEAST} to {MOST}, one thing each")
    proved = [item for item in said.criteria if quotes.has(item.quote)][:MOST]
    plan_with_criteria = replace(
        plan,
        criteria=sealed([criterion(item, f"c{number}", quotes) for number, item in enumerate(proved, 1)]),
        inventory=take_inventory(paper),
        decisions=decisions(said.questions),
    )
    refuse(wrong, plan_with_criteria if len(proved) >= ENOUGH else None)
    return plan_with_criteria


def read_edited_criteria(text: str, plan: Plan, paper: Paper) -> Plan:
    """Return the plan with the criteria of a person's file: their ids, and which of them are sealed, stand there."""
    said = read_json(text, EditedCriteriaReply)
    quotes = PaperQuotes(paper)
    names = [item.id.strip() or f"c{number}" for number, item in enumerate(said.criteria, 1)]
    wrong = [f"criteria: the id {name} is there twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    wrong += not_in_paper((item.quote for item in said.criteria), quotes)
    refuse(wrong)
    chosen = [
        replace(criterion(item, name, quotes), sealed=item.sealed)
        for name, item in zip(names, said.criteria, strict=True)
    ]
    asked = [
        replace(decision, asked=item.asked)
        for decision, item in zip(decisions(said.questions), said.questions, strict=True)
    ]
    return replace(plan, criteria=tuple(chosen), inventory=take_inventory(paper), decisions=tuple(asked))


def criterion(item: CriterionReply, name: str, quotes: PaperQuotes) -> Criterion:
    """Return the criterion under this id."""
    return Criterion(
        name,
        item.requirement,
        quotes.section_of(item.quote, item.section),
        item.quote,
        float(item.weight),
        item.kind,
        item.status,
        item.cites.strip(),
    )


def decisions(questions: Sequence[QuestionReply]) -> tuple[Decision, ...]:
    """Return the questions with their plainest choices, numbered."""
    return tuple(
        Decision(f"q{number}", item.question, item.choice, tuple(dict.fromkeys(item.options)))
        for number, item in enumerate(questions, 1)
    )

"""A rubric is drawn from the paper, once: each item with the place in the paper that asks for it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from p2c.generator.quote_check import QuoteIndex, not_in_paper
from p2c.generator.structured_replies import ask_each, read_json, refuse, schema_of
from p2c.journal import Journal
from p2c.models.base import Message, Model, Prompt
from p2c.prompts import render
from p2c.scoring.critics import TRIES, Lower, Words
from p2c.scoring.prompt_prefix import asking
from p2c.scoring.rubric import Kind, RubricItem

STAGE = "score.rubric"
LEAST = 5
"""Items; fewer are not a rubric."""


class ItemReply(BaseModel):
    """One requirement as a model words it."""

    model_config = ConfigDict(extra="ignore")

    requirement: Words
    section: Words
    quote: Words
    weight: Annotated[int, Field(ge=1, le=5)]
    kind: Annotated[Kind, Lower]


class RubricReply(BaseModel):
    """The whole rubric."""

    model_config = ConfigDict(extra="ignore")

    items: list[ItemReply] = Field(min_length=LEAST, max_length=60)


def draw_rubric(
    model: Model, begin: tuple[Message, ...], paper: str, journal: Journal
) -> tuple[RubricItem | None, str]:
    """Return the rubric that a model draws from the paper, or None and why no reply was usable.

    Items whose quotation is not in the paper are asked for again, and left out in the end.
    """
    text = QuoteIndex(paper)
    prompt = Prompt(asking(begin, "", render("score_rubric")), STAGE, schema_of(RubricReply, "rubric"))
    answer = ask_each(model, [(prompt, lambda reply: read_rubric_reply(reply, text))], TRIES, journal)[0]
    return answer.value, answer.refused[-1] if answer.refused and answer.value is None else ""


def read_rubric_reply(reply: str, paper: QuoteIndex) -> RubricItem:
    """Return the rubric; raises Unusable naming each quotation that the paper does not have."""
    said = read_json(reply, RubricReply).items
    wrong = not_in_paper((item.quote for item in said), paper)
    proved = [item for item in said if paper.has(item.quote)]
    refuse(wrong, _rubric(proved) if len(proved) >= LEAST else None)
    return _rubric(said)


def _rubric(said: list[ItemReply]) -> RubricItem:
    items = tuple(
        RubricItem(f"r{number}", item.requirement, float(item.weight), item.kind, item.section, item.quote)
        for number, item in enumerate(said, 1)
    )
    return RubricItem("rubric", "the paper", parts=items)

"""A rubric is judged item by item: met, partly or not, with the code lines that show it, which must be there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from p2c.generator.structured_replies import ask_each, read_json, refuse, schema_of
from p2c.journal import Journal
from p2c.models.base import Message, Model, Prompt
from p2c.prompts import data, render
from p2c.scoring.context_selection import Selection
from p2c.scoring.critics import TRIES, Lower, Words
from p2c.scoring.evidence import MOST_LINES, Evidence, read_evidence
from p2c.scoring.prompt_prefix import asking
from p2c.scoring.rubric import RubricItem, trails

Verdict = Literal["met", "partly", "not"]
CREDITS: Mapping[str, float] = {"met": 1.0, "partly": 0.5, "not": 0.0}
STAGE = "score.judge"
TOGETHER = 8
"""Items judged in one call, all calls beginning with the same paper and repository."""


class VerdictReply(BaseModel):
    """What is said of one item."""

    model_config = ConfigDict(extra="ignore")

    id: Words
    verdict: Annotated[Verdict, Lower]
    why: Words
    evidence: list[str] = Field(default_factory=list)


class VerdictsReply(BaseModel):
    """What is said of the items of one call."""

    model_config = ConfigDict(extra="ignore")

    items: list[VerdictReply] = Field(min_length=1)


class StrictVerdictReply(BaseModel):
    """What is said of one item where there is no partial credit."""

    model_config = ConfigDict(extra="ignore")

    id: Words
    verdict: Annotated[Literal["met", "not"], Lower]
    why: Words
    evidence: list[str] = Field(default_factory=list)


class StrictReply(BaseModel):
    """What is said of the items of one call where there is no partial credit."""

    model_config = ConfigDict(extra="ignore")

    items: list[StrictVerdictReply] = Field(min_length=1)


@dataclass(frozen=True)
class ItemVerdict:
    """A verdict on one item; `refused` says of each piece of evidence that does not hold why."""

    item: RubricItem
    verdict: Verdict
    why: str
    evidence: tuple[Evidence, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def is_proven(self) -> bool:
        """`not` needs no lines; the others are worth nothing without a line that holds."""
        return self.verdict == "not" or bool(self.evidence)

    @property
    def credit(self) -> float:
        """0 to 1: what the item is worth."""
        return CREDITS[self.verdict] if self.is_proven else 0.0


@dataclass(frozen=True)
class JudgeContext:
    """What the judge has before it: the prompts' beginning, the repository, and what its checks said.

    `strict`: an item is met or not, as in PaperBench. A `reference` is the authors' code, shown beside the repository.
    """

    begin: tuple[Message, ...]
    repository: Selection
    checks: str
    stage: str = STAGE
    strict: bool = False
    reference: Selection | None = None

    def prompt(self, items: Sequence[RubricItem], above: Mapping[str, tuple[str, ...]], number: int) -> Prompt:
        """Return what is asked about some items; `above` is what stands over them in the rubric's tree."""
        rows = "\n".join(_item_text(item, above.get(item.id, ())) for item in items)
        reply: type[BaseModel] = StrictReply if self.strict else VerdictsReply
        template = "score_judge_strict" if self.strict else "score_judge"
        ask = render(template, items=data("items", rows), checks=data("checks", self.checks), most=str(MOST_LINES))
        ask += render("score_judge_reference") if self.reference else ""
        shown = self.repository.text + (f"\n{self.reference.text}" if self.reference else "")
        return Prompt(asking(self.begin, shown, ask), f"{self.stage}:{number}", schema_of(reply, "verdicts"))


def judge(model: Model, judge_context: JudgeContext, rubric: RubricItem, journal: Journal) -> dict[str, ItemVerdict]:
    """Return the verdict on each leaf by its id; one that no reply judged is not among them."""
    leaves, above = list(rubric.leaves()), trails(rubric)
    groups = [leaves[start : start + TOGETHER] for start in range(0, len(leaves), TOGETHER)]
    asks = [
        (
            judge_context.prompt(group, above, number),
            lambda reply, group=group: read_verdicts(
                reply, group, judge_context.repository.sources, judge_context.strict
            ),
        )
        for number, group in enumerate(groups, 1)
    ]
    replies = ask_each(model, asks, TRIES, journal)
    return {verdict.item.id: verdict for group in replies for verdict in group.value or ()}


def read_verdicts(
    reply: str, items: Sequence[RubricItem], sources: Mapping[str, str], strict: bool = False
) -> tuple[ItemVerdict, ...]:
    """Return the verdicts on `items`; raises Unusable for those left out and for evidence that does not hold.

    If nothing better comes, what was judged will do, without the evidence that was refused; `strict` takes `partly` for
    no verdict, and at last for `not`.
    """
    by_id = {said.id: said for said in read_json(reply, VerdictsReply).items}
    halves = [item.id for item in items if strict and item.id in by_id and by_id[item.id].verdict == "partly"]
    by_id |= {name: by_id[name].model_copy(update={"verdict": "not"}) for name in halves}
    judged = tuple(_judged(item, by_id[item.id], sources) for item in items if item.id in by_id)
    wrong = [f"{item.id} was not judged" for item in items if item.id not in by_id]
    wrong += [f"{name}: 'partly' is no verdict here; say met or not" for name in halves]
    wrong += [f"{verdict.item.id}: {reason}" for verdict in judged for reason in verdict.refused]
    wrong += [
        f"{verdict.item.id}: {verdict.verdict!r} without evidence; cite the lines (path:start-end)"
        for verdict in judged
        if not verdict.is_proven and not verdict.refused
    ]
    refuse(wrong, judged or None)
    return judged


def _judged(item: RubricItem, said: VerdictReply, sources: Mapping[str, str]) -> ItemVerdict:
    read = [read_evidence(text, sources) for text in said.evidence]
    good = tuple(piece for piece in read if isinstance(piece, Evidence))
    return ItemVerdict(item, said.verdict, said.why, good, tuple(piece for piece in read if isinstance(piece, str)))


def _item_text(item: RubricItem, above: tuple[str, ...]) -> str:
    place = f" [{item.section}: “{' '.join(item.quote.split())}”]" if item.quote else ""
    under = f" [under: {' > '.join(above)}]" if above else ""
    return f"{item.id} ({item.kind}): {item.requirement}{place}{under}"

"""Critics, as Paper2Code has them (Seo et al., ICLR 2026): key components, their problems, a score of 1 to 5."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from p2c.generator.structured_replies import ReplyResult, ask_each, read_json, schema_of
from p2c.journal import Journal
from p2c.models.base import Message, Model, Prompt
from p2c.prompts import data, render
from p2c.scoring.context_selection import Selection
from p2c.scoring.prompt_prefix import asking

Severity = Literal["high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")
TRIES = 3
STAGE = "score.critic"

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Lower = BeforeValidator(lambda value: value.strip().lower() if isinstance(value, str) else value)


class _Reply(BaseModel):
    model_config = ConfigDict(extra="ignore")


class ProblemReply(_Reply):
    """Something missing or wrong: how bad, what, and where in the code."""

    severity: Annotated[Severity, Lower]
    what: Words
    where: str = ""


class ComponentReply(_Reply):
    """A key component of the paper, where it stands in the paper and in the code, and its problems."""

    name: Words
    paper: str = ""
    code: str = ""
    problems: list[ProblemReply] = Field(default_factory=list)


class CritiqueReply(_Reply):
    """What a critic answers."""

    components: list[ComponentReply] = Field(min_length=1)
    score: Annotated[int, Field(ge=1, le=5)]


@dataclass(frozen=True)
class Critiques:
    """The samples: the usable replies, how many were asked for, and how many replies in all could not be used."""

    valid: tuple[CritiqueReply, ...]
    asked: int
    unusable: int = 0
    computed: str = ""
    """Why the score was computed and no model was asked."""
    reasons: tuple[str, ...] = ()
    """Why the last reply of each sample without a usable one was refused."""

    @property
    def mean(self) -> float | None:
        """The mean score; None where no reply was usable."""
        return fmean(reply.score for reply in self.valid) if self.valid else None

    @property
    def spread(self) -> float | None:
        """The sample standard deviation; None for fewer than two scores."""
        return stdev(reply.score for reply in self.valid) if len(self.valid) > 1 else None

    @property
    def distinct(self) -> int:
        """How many of the usable replies differ."""
        return len({reply.model_dump_json() for reply in self.valid})

    @property
    def severities(self) -> dict[str, int]:
        """How many problems of each severity all samples name together."""
        counted = Counter(
            problem.severity for reply in self.valid for component in reply.components for problem in component.problems
        )
        return {severity: counted[severity] for severity in SEVERITIES}


@dataclass(frozen=True)
class CriticFacts:
    """What programs found, for critics: what is not there (`absent`), and the file tree (`tree`, Paper2Code-Extra)."""

    absent: str = ""
    tree: str = ""

    @property
    def text(self) -> str:
        """What is added to the question; empty where there is nothing to say."""
        absent = render("score_absent", checks=data("checks", self.absent)) if self.absent else ""
        return absent + (render("score_extra", checks=data("checks", self.tree)) if self.tree else "")


def critic_prompt(
    begin: tuple[Message, ...],
    repository: Selection,
    reference: Selection | None,
    facts: CriticFacts | None = None,
) -> Prompt:
    """Return what every sample is asked: with the authors' code where there is some, else by the paper alone."""
    ask = render("score_critic_reference" if reference else "score_critic", scale=render("score_scale"))
    ask += facts.text if facts else ""
    shown = repository.text + (f"\n{reference.text}" if reference else "")
    return Prompt(asking(begin, shown, ask), STAGE, schema_of(CritiqueReply, "critique"))


def computed_critique(why: str) -> Critiques:
    """Return the score of a repository in which nothing is implemented: a 1, for which no model is asked."""
    problem = ProblemReply(severity="high", what=why)
    said = CritiqueReply(components=[ComponentReply(name="the method", problems=[problem])], score=1)
    return Critiques((said,), 1, computed=why)


def criticise(model: Model, prompt: Prompt, samples: int, journal: Journal) -> Critiques:
    """Ask once, then the rest at once; a reply that can't be used is counted and asked again, up to `TRIES` in all.

    The first goes alone so that the provider's prompt cache holds the paper and the code when the others come.
    Raises ModelError and BudgetExceededError; what came until then is kept by whoever caches.
    """
    asks = [(prompt, read_critique)] * samples
    replies = [*ask_each(model, asks[:1], TRIES, journal), *ask_each(model, asks[1:], TRIES, journal)]
    valid = tuple(reply.value for reply in replies if reply.value is not None)
    return Critiques(valid, samples, sum(len(reply.refused) for reply in replies), reasons=_reasons(replies))


def read_critique(reply: str) -> CritiqueReply:
    """Return a critic's reply; raises Unusable."""
    return read_json(reply, CritiqueReply)


def _reasons(replies: Sequence[ReplyResult[CritiqueReply]]) -> tuple[str, ...]:
    return tuple(reply.refused[-1] for reply in replies if reply.value is None and reply.refused)

"""Open criteria become tickets: a few of them, of one or two files, in the order of what curing them is worth."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from p2c.generator.criteria import Criterion
from p2c.generator.plan import Plan
from p2c.pipeline.fidelity.verdicts import Judgement
from p2c.repo import Repo
from p2c.scoring.file_ranking import CONFIGS, ranked

TRIES = 2
"""Patches that are tried for one criterion before it is given up."""
TOGETHER = 3
FILES = 2
"""Criteria of one ticket, and files that own them: more make a diff that is kept or dropped for too many reasons."""

_VALUE = re.compile(
    r"\\?\w+(?:_\w+|_\{[^}]*\})?\s*=\s*-?\d[\d.,]*(?:\s*(?:\\times|×|\\cdot)\s*10\s*\^?\s*\{?-?\d+\}?)?"
)
_FORMULA = re.compile(
    r"=|\\(?:[dt]?frac|sum|prod|int|log|exp|sqrt|propto|leftarrow|nabla|arg(?:min|max)|max|min)\b|"
    r"\bEq(?:s|ns?|uations?)?\b\.?\s*\(?~?\d",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Ticket:
    """What one patch is asked for: judgements that are not met, and the files that own them."""

    judgements: tuple[Judgement, ...]
    files: tuple[str, ...]
    formula: bool

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """What the patch is for."""
        return tuple(judgement.criterion for judgement in self.judgements)

    @property
    def ids(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(criterion.id for criterion in self.criteria)

    @property
    def quotes(self) -> str:
        """Their quotations and requirements, for the numbers in them."""
        return "\n".join(f"{criterion.quote}\n{criterion.requirement}" for criterion in self.criteria)


def names_formula(criterion: Criterion) -> bool:
    """Whether a criterion is about a formula of the method, so that a test can show it; `rate = 0.1` is a value."""
    text = _VALUE.sub("", f"{criterion.requirement}\n{criterion.quote}")
    return criterion.kind == "method" and bool(_FORMULA.search(text))


def ordered(judgements: Sequence[Judgement], tries: Mapping[str, int]) -> list[Judgement]:
    """Return what is open, most worth first: weight × what is missing / tries."""
    unmet = [
        judgement
        for judgement in judgements
        if judgement.status in ("not", "partly") and tries.get(judgement.criterion.id, 0) < TRIES
    ]
    return sorted(unmet, key=lambda judgement: -_worth(judgement, tries.get(judgement.criterion.id, 0)))


def _worth(judgement: Judgement, tries: int) -> float:
    return judgement.criterion.weight * (1.0 - judgement.credit) / (1 + tries)


def grouped(judgements: Sequence[Judgement], repo: Repo, plan: Plan | None, tries: Mapping[str, int]) -> list[Ticket]:
    """Return tickets in that order; those of formulas, whose patch has to bring a test, apart from the others.

    What was tried before without success is asked for alone: in company it may not have been worked on at all.
    """
    order = [path for path in ranked(repo) if not path.endswith(CONFIGS)]
    tickets: list[Ticket] = []
    for judgement in judgements:
        owners = owners_of(judgement, repo, plan) or tuple(order[:1])
        formula = names_formula(judgement.criterion)
        for number, ticket in enumerate(tickets):
            if any(tries.get(name) for name in (*ticket.ids, judgement.criterion.id)):
                continue
            union = tuple(dict.fromkeys([*ticket.files, *owners]))
            if ticket.formula == formula and len(ticket.judgements) < TOGETHER and len(union) <= FILES:
                tickets[number] = replace(ticket, judgements=(*ticket.judgements, judgement), files=union)
                break
        else:
            tickets.append(Ticket((judgement,), owners[:FILES], formula))
    return tickets


def owners_of(judgement: Judgement, repo: Repo, plan: Plan | None) -> tuple[str, ...]:
    """Return the files that own a criterion: those that the plan names, then those that the judge cites."""
    covered = [entry.files for entry in plan.coverage if entry.id == judgement.criterion.id] if plan else []
    cited = [place.path for place in judgement.verdict.evidence] if judgement.verdict else []
    named = [path for paths in covered for path in paths] + cited
    return tuple(path for path in dict.fromkeys(named) if path in repo.files)[:FILES]

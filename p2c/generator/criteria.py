"""What a faithful repository has to do: criteria that a model draws from the paper, and what the paper numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

CriterionKind = Literal["method", "setting", "experiment", "result"]
CriterionStatus = Literal["stated", "delegated", "inferred"]
ItemKind = Literal["equation", "algorithm", "theorem", "table", "figure", "data set"]

SEALED_SHARE = 3
"""One criterion of this many is sealed: enough of them are left to steer by, and their share still says something."""


@dataclass(frozen=True)
class Criterion:
    """One requirement with its source: `quote` stands in the paper's `section`, word for word.

    `status` says whether the paper states it, delegates it to a cited work (`cites`), or only implies it. A `sealed`
    criterion is never shown to planner, coder or debugger; it measures whether the others were only played to.
    """

    id: str
    requirement: str
    section: str
    quote: str
    weight: float
    kind: CriterionKind
    status: CriterionStatus = "stated"
    cites: str = ""
    sealed: bool = False


@dataclass(frozen=True)
class InventoryItem:
    """Something that the paper numbers or names, found by a program: `id` is `equation 7`, `text` how it begins.

    Of tables, `rows` and `columns` are their heads; elsewhere both are empty.
    """

    id: str
    kind: ItemKind
    text: str
    section: str = ""
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Coverage:
    """Where a criterion or an inventory item (`id`) is covered: by `files`, or by none and `why` it is left out."""

    id: str
    files: tuple[str, ...] = ()
    why: str = ""


def sealed(criteria: Sequence[Criterion]) -> tuple[Criterion, ...]:
    """Return the criteria, every third of each kind sealed: of a kind, by falling weight, the second of each three.

    Deterministic, so that a resumed build seals the same ones, and stratified, so that the sealed third weighs and
    asks about as much as the rest.
    """
    chosen: set[str] = set()
    for kind in dict.fromkeys(item.kind for item in criteria):
        ordered = sorted((item for item in criteria if item.kind == kind), key=lambda item: (-item.weight, item.id))
        chosen.update(item.id for item in ordered[1::SEALED_SHARE])
    return tuple(replace(item, sealed=item.id in chosen) for item in criteria)


def open_criteria(criteria: Sequence[Criterion]) -> tuple[Criterion, ...]:
    """Return those that prompts may show."""
    return tuple(item for item in criteria if not item.sealed)

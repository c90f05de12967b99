"""Where the criteria come from: the plan, what an earlier run drew, or the paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from p2c import state_folder
from p2c.generator.criteria import Criterion, CriterionKind, sealed
from p2c.generator.paper import Paper
from p2c.generator.plan import Plan
from p2c.generator.quote_check import QuoteIndex
from p2c.journal import Journal
from p2c.models.base import Model
from p2c.scoring.prompt_prefix import opening
from p2c.scoring.rubric import Kind, RubricItem
from p2c.scoring.rubric_generation import draw_rubric

CRITERIA = "criteria.json"
"""In p2c's own folder: the criteria that were drawn for a repository without a plan that has them."""
STAGE = "fidelity.criteria"
_KINDS: Mapping[Kind, CriterionKind] = {"code": "method", "execution": "experiment", "result": "result"}
JUDGED_AS: Mapping[CriterionKind, Kind] = {
    "method": "code",
    "setting": "code",
    "experiment": "execution",
    "result": "result",
}
"""What the judge's prompt says of each kind."""
_FIELDS = frozenset(Criterion.__dataclass_fields__)


def find_criteria(
    root: Path, paper: Paper, plan: Plan | None, model: Model, journal: Journal
) -> tuple[tuple[Criterion, ...], str]:
    """Return the criteria, a third of them sealed, or none and why; those drawn here are kept in `.p2c/`.

    Raises ModelError and BudgetExceededError.
    """
    if plan is not None and plan.criteria:
        return _with_sealed(plan.criteria), ""
    index = QuoteIndex(paper.text)
    kept = state_folder.read_state(root, CRITERIA, criteria_from_data)
    if kept and sum(index.has(criterion.quote) for criterion in kept) * 2 > len(kept):
        return _with_sealed(kept), ""
    rubric, why = draw_rubric(model, opening(paper), paper.text, journal)
    if rubric is None:
        return (), why
    criteria = sealed([_criterion(leaf) for leaf in rubric.leaves()])
    state_folder.write_state(root, CRITERIA, [asdict(criterion) for criterion in criteria])
    return criteria, ""


def _with_sealed(criteria: Sequence[Criterion]) -> tuple[Criterion, ...]:
    """Those of a plan are sealed before its design was written; where none is, there were too few of a kind."""
    return tuple(criteria) if any(criterion.sealed for criterion in criteria) else sealed(criteria)


def _criterion(leaf: RubricItem) -> Criterion:
    return Criterion(leaf.id, leaf.requirement, leaf.section, leaf.quote, leaf.weight, _KINDS[leaf.kind])


def criteria_from_data(data: Any) -> tuple[Criterion, ...]:
    """Read back what was kept; raises ValueError for anything else."""
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise ValueError("not a list of criteria")
    try:
        return tuple(Criterion(**{key: value for key, value in row.items() if key in _FIELDS}) for row in data)
    except TypeError as error:
        raise ValueError(f"not a criterion: {error}") from error


def as_rubric(criteria: Sequence[Criterion]) -> RubricItem:
    """Return criteria as what the judge judges."""
    leaves = tuple(RubricItem(c.id, c.requirement, c.weight, JUDGED_AS[c.kind], c.section, c.quote) for c in criteria)
    return RubricItem("criteria", "the paper", parts=leaves)

"""Forms of the rubric's score that others report: PaperBench's, and a judge that is asked more than once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from p2c.errors import InputError
from p2c.scoring.judging import CREDITS, ItemVerdict
from p2c.scoring.rubric import RubricItem


def code_development(rubric: RubricItem) -> RubricItem:
    """Return a rubric with its code leaves alone, as PaperBench's Code-Dev prunes it; raises InputError without any.

    A parent stays where something of it does. Its parts' weights are then shared among those that are left.
    """
    left = _pruned(rubric)
    if left is None:
        raise InputError(
            "the rubric has no item of kind code (PaperBench: Code Development)", "Score without --paperbench."
        )
    return left


def _pruned(item: RubricItem) -> RubricItem | None:
    if not item.parts:
        return item if item.kind == "code" else None
    parts = tuple(part for part in map(_pruned, item.parts) if part is not None)
    return replace(item, parts=parts) if parts else None


def agreement(samples: Sequence[Mapping[str, ItemVerdict]]) -> float | None:
    """Return the share of equal verdicts, over all pairs of samples and the items in both; None without any."""
    pairs = [
        first[name].verdict == other[name].verdict
        for first, other in combinations(samples, 2)
        for name in first.keys() & other.keys()
    ]
    return sum(pairs) / len(pairs) if pairs else None


def most_frequent(samples: Sequence[Mapping[str, ItemVerdict]]) -> dict[str, ItemVerdict]:
    """Return for each item the verdict that most samples give, of equal ones the lower, as one of them says it."""
    verdicts: dict[str, ItemVerdict] = {}
    for name in dict.fromkeys(name for sample in samples for name in sample):
        said = [sample[name] for sample in samples if name in sample]
        counted = Counter(judged.verdict for judged in said)
        best = max(counted, key=lambda verdict: (counted[verdict], -CREDITS[verdict]))
        verdicts[name] = next(
            judged for judged in said if judged.verdict == best and judged.is_proven == _mostly_proven(said, best)
        )
    return verdicts


def _mostly_proven(said: Sequence[ItemVerdict], verdict: str) -> bool:
    proven = [judged.is_proven for judged in said if judged.verdict == verdict]
    return proven.count(True) >= proven.count(False)

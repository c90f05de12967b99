"""A score as the one JSON document: what `--json` prints, `.p2c/score.json` keeps and the report draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from p2c.budget import Usage
from p2c.scoring.context_selection import Selection
from p2c.scoring.critics import Critiques
from p2c.scoring.forms import agreement
from p2c.scoring.rubric import RubricItem, shares, value_of
from p2c.scoring.score import Score, ScoredRubric


def score_document(score: Score, about: Mapping[str, Any], usage: Usage, seconds: float) -> dict[str, Any]:
    """Return the document; `about` (title, paper, repository, model, temperature) stands in front of the results."""
    said = score.critiques
    mean, valid = said.mean, len(said.valid)
    why = f"{valid} of {said.asked} samples gave a usable reply" if valid else "no reply was usable"
    if said.computed:
        why = f"{said.computed}; no model was asked"
    return {
        **about,
        "verdict": "scored" if valid else "unscored",
        "why": why,
        "kind": "reference-based" if score.reference else "reference-free",
        "computed_score": bool(said.computed),
        "mean": None if mean is None else round(mean, 4),
        "spread": None if said.spread is None else round(said.spread, 4),
        "lowest": min((reply.score for reply in said.valid), default=None),
        "highest": max((reply.score for reply in said.valid), default=None),
        "asked": said.asked,
        "valid": valid,
        "unusable": said.unusable,
        "distinct": said.distinct,
        "severities": said.severities,
        "samples": _samples(said),
        "refused": list(said.reasons),
        "rubric": _rubric(score.marked) if score.marked else None,
        "computed": score.computed.to_data(),
        "addressed": [asdict(line) for line in score.addressed],
        "shown": _shown(score.shown),
        "reference_shown": _shown(score.reference) if score.reference else None,
        "notes": [*score.notes, *score.computed.notes],
        "usage": asdict(usage),
        "seconds": round(seconds, 3),
    }


def _samples(said: Critiques) -> list[dict[str, Any]]:
    return [reply.model_dump() for reply in said.valid]


def _rubric(marked: ScoredRubric) -> dict[str, Any]:
    leaves = list(marked.rubric.leaves())
    credits = {name: judged.credit for name, judged in marked.judged.items()}
    if marked.strict:
        credits = {leaf.id: credits.get(leaf.id, 0.0) for leaf in leaves}
    same = agreement(marked.samples)
    value = value_of(marked.rubric, credits)
    part = shares(marked.rubric)
    return {
        "score": None if value is None else round(value, 4),
        "form": "PaperBench Code-Dev" if marked.strict else "graded",
        "origin": marked.origin,
        "judged": len(marked.judged),
        "judge_samples": len(marked.samples),
        "agreement": None if same is None else round(same, 4),
        "items": [{**_leaf(leaf, marked), "share": round(part[leaf.id], 6)} for leaf in leaves],
    }


def _leaf(leaf: RubricItem, marked: ScoredRubric) -> dict[str, Any]:
    names = ("id", "requirement", "kind", "section", "quote", "weight")
    fields = {name: getattr(leaf, name) for name in names}
    judged = marked.judged.get(leaf.id)
    if judged is None:
        return {
            **fields,
            "verdict": None,
            "credit": None,
            "verdicts": [],
            "proven": False,
            "why": "",
            "evidence": [],
            "refused": [],
        }
    return {
        **fields,
        "verdict": judged.verdict,
        "credit": judged.credit,
        "proven": judged.is_proven,
        "why": judged.why,
        "verdicts": [sample[leaf.id].verdict for sample in marked.samples if leaf.id in sample],
        "evidence": [str(piece) for piece in judged.evidence],
        "refused": list(judged.refused),
    }


def _shown(selection: Selection) -> dict[str, Any]:
    return {
        "tokens": selection.tokens,
        "whole": list(selection.whole),
        "outlined": list(selection.outlined),
        "named": list(selection.named),
    }

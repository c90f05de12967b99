"""A rubric: what a repository has to do to be faithful, weighted, as a tree whose leaves are judged one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from p2c.errors import InputError
from p2c.generator.quote_check import QuoteIndex

Kind = Literal["code", "execution", "result"]
KINDS: tuple[Kind, ...] = ("code", "execution", "result")
_CATEGORIES: Mapping[str, Kind] = {
    "code development": "code",
    "code execution": "execution",
    "result analysis": "result",
    "result match": "result",
}
"""PaperBench's words for the kinds (Starace et al., 2025)."""
HINT = (
    'A rubric is JSON: {"items": [{"id", "requirement", "section", "quote", "weight", "kind"}]}, or PaperBench\'s tree.'
)


@dataclass(frozen=True)
class RubricItem:
    """One requirement: a leaf is judged, one with `parts` is worth what they are worth together.

    `quote` stands in the paper's `section`, word for word; a rubric that a person gave may leave both out.
    """

    id: str
    requirement: str
    weight: float = 1.0
    kind: Kind = "code"
    section: str = ""
    quote: str = ""
    parts: tuple[RubricItem, ...] = ()

    def leaves(self) -> Iterator[RubricItem]:
        """Yield what is judged, in order."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


def value_of(item: RubricItem, credits: Mapping[str, float]) -> float | None:
    """Return what an item is worth, 0 to 1: a leaf its credit, a parent the weighted mean of its parts.

    As PaperBench does it; a leaf that nobody judged counts neither way, and None means that nothing below was judged.
    """
    if not item.parts:
        return credits.get(item.id)
    valued = [(part.weight, value_of(part, credits)) for part in item.parts]
    judged = [(weight, value) for weight, value in valued if value is not None]
    total = sum(weight for weight, _ in judged)
    if not judged:
        return None
    return sum(weight * value for weight, value in judged) / total if total else 0.0


def shares(item: RubricItem, share: float = 1.0) -> dict[str, float]:
    """Return which part of the whole each leaf is, by its id; together they are 1."""
    if not item.parts:
        return {item.id: share}
    total = sum(part.weight for part in item.parts)
    by_id: dict[str, float] = {}
    for part in item.parts:
        by_id.update(shares(part, share * part.weight / total if total else 0.0))
    return by_id


def trails(item: RubricItem, above: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    """Return what stands above each leaf, by its id: requirements from below the root down to its parent."""
    by_id: dict[str, tuple[str, ...]] = {}
    for part in item.parts:
        by_id.update(trails(part, (*above, part.requirement)) if part.parts else {part.id: above})
    return by_id


def read_rubric(path: Path, text: bytes | None = None) -> RubricItem:
    """Read a rubric's file (`text`, where it was read before), p2c's own form or PaperBench's.

    Raises InputError naming the item that cannot be meant.
    """
    try:
        data = json.loads((path.read_bytes() if text is None else text).decode("utf-8"))
    except OSError as error:
        raise InputError(f"the rubric {str(path)!r} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"the rubric {str(path)!r} is not JSON: {error}", HINT) from error
    try:
        return rubric_from_data(data)
    except InputError as error:
        raise InputError(f"the rubric {str(path)!r}: {error.message}", HINT) from error


def rubric_from_data(data: Any) -> RubricItem:
    """Return a rubric from JSON data; raises InputError where an item has no requirement, or an id stands twice."""
    if isinstance(data, Mapping) and isinstance(data.get("items"), list):
        data = {"id": "rubric", "requirements": str(data.get("title") or "the paper"), "sub_tasks": data["items"]}
    root = _item(data, "rubric")
    ids = [leaf.id for leaf in root.leaves()]
    twice = next((name for name in ids if ids.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"the id {twice!r} occurs twice")
    return root


def rubric_to_data(root: RubricItem, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `rubric_from_data` reads back, for a rubric of one level; JSON-able and made to be edited."""
    names = ("id", "requirement", "section", "quote", "weight", "kind")
    return {**about, "items": [{name: getattr(item, name) for name in names} for item in root.parts]}


def unquoted(root: RubricItem, paper: QuoteIndex) -> list[str]:
    """Return the ids of leaves whose quotation the paper does not have."""
    return [leaf.id for leaf in root.leaves() if leaf.quote and not paper.has(leaf.quote)]


def _item(data: Any, where: str) -> RubricItem:
    if not isinstance(data, Mapping):
        raise InputError(f"{where} is a {type(data).__name__}, not an object")
    name = str(data.get("id") or where)
    requirement = data.get("requirement") or data.get("requirements")
    if not isinstance(requirement, str) or not requirement.strip():
        raise InputError(f"{name} has no requirement")
    below = data.get("sub_tasks") or []
    if not isinstance(below, list):
        raise InputError(f"{name}: sub_tasks is not a list")
    item = RubricItem(name, requirement.strip(), _weight(data, name), _kind(data, name))
    parts = tuple(_item(part, f"{name}.{number}") for number, part in enumerate(below, 1))
    return replace(item, section=str(data.get("section") or ""), quote=str(data.get("quote") or ""), parts=parts)


def _weight(data: Mapping[str, Any], name: str) -> float:
    weight = data.get("weight", 1)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < 1e9:
        raise InputError(f"{name}: weight {weight!r} is not a number of 0 or more")
    return float(weight)


def _kind(data: Mapping[str, Any], name: str) -> Kind:
    word = str(data.get("kind") or data.get("task_category") or "code").strip().lower()
    kind = _CATEGORIES.get(word, word)
    for known in KINDS:
        if kind == known:
            return known
    if data.get("sub_tasks"):
        return "code"  # a parent's kind says nothing
    raise InputError(f"{name}: kind {word!r} is not one of {', '.join(KINDS)}")

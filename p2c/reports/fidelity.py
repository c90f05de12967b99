"""What came of working for fidelity, from the document's `fidelity`, for people: a second line, never a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from p2c.formatting import plural
from p2c.safe_text import one_line

ORDER = ("met", "assumed", "partly", "not", "disputed", "not judged")
MOST = 100


@dataclass(frozen=True)
class FidelityRow:
    """One criterion as it is shown."""

    id: str
    status: str
    requirement: str
    evidence: str
    why: str
    test: str
    commit: str
    sealed: bool


def fidelity_of(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the part of a document that another program may have written; None where there is none of its form."""
    fidelity = document.get("fidelity")
    fine = isinstance(fidelity, Mapping) and isinstance(fidelity.get("criteria"), list)
    return fidelity if fine and isinstance(fidelity, Mapping) else None


def summary(fidelity: Mapping[str, Any]) -> str:
    """Return one line: how many criteria are met, the sealed share with its noise, and why the loop ended."""
    rows = rows_of(fidelity)
    counts = Counter(row.status for row in rows)
    parts = [f"{counts['met'] + counts['assumed']} of {len(rows)} criteria met"] if rows else []
    parts += [f"{counts[status]} {status}" for status in ORDER[2:] if counts[status]]
    if isinstance(fidelity.get("sealed_share"), int | float):
        before = (
            f"before {fidelity['sealed_before']:.2f}, "
            if isinstance(fidelity.get("sealed_before"), int | float)
            else ""
        )
        noise = f"{fidelity['noise']:.2f}" if isinstance(fidelity.get("noise"), int | float) else "unknown"
        parts.append(f"sealed share {fidelity['sealed_share']:.2f} ({before}noise {noise})")
    if isinstance(fidelity.get("rounds"), int) and fidelity["rounds"]:
        kept = fidelity.get("kept") if isinstance(fidelity.get("kept"), int) else 0
        parts.append(f"{plural(kept or 0, 'patch')} kept in {plural(fidelity['rounds'], 'round')}")
    why = one_line(str(fidelity.get("why") or ""), 300)
    return ", ".join([*parts, one_line(str(fidelity.get("stop") or ""), 40)]) + (f": {why}" if why else "")


def rows_of(fidelity: Mapping[str, Any]) -> list[FidelityRow]:
    """Return the criteria, what is not met first."""
    rows = [_row(item) for item in fidelity["criteria"][:MOST] if isinstance(item, Mapping)]
    return sorted(rows, key=lambda row: -ORDER.index(row.status) if row.status in ORDER else 0)


def _row(item: Mapping[str, Any]) -> FidelityRow:
    def word(name: str, width: int = 400) -> str:
        return one_line(str(item.get(name) or ""), width)

    evidence = item.get("evidence")
    places = ", ".join(map(str, evidence[:4])) if isinstance(evidence, list) else ""
    executed = " (not executed)" if item.get("executed") is False else ""
    shown = one_line(places + executed, 300)
    commit = word("commit", 12)
    return FidelityRow(
        word("id", 40), word("status", 20), word("requirement"), shown, word("why"), word("test"), commit,
        item.get("sealed") is True,
    )  # fmt: skip

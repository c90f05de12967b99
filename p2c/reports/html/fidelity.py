"""What came of working for fidelity, as HTML: a table of criteria."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from p2c.reports.fidelity import FidelityRow, fidelity_of, rows_of, summary
from p2c.reports.html.elements import Html, el, untrusted

_TONES: Mapping[str, str] = {"met": "good", "assumed": "good", "partly": "warn", "not": "bad", "disputed": "warn"}


def render_fidelity(document: Mapping[str, Any]) -> Html | None:
    """Return the section, None where fidelity was not worked for."""
    fidelity = fidelity_of(document)
    if fidelity is None:
        return None
    head = el("tr", *(el("th", name) for name in ("criterion", "status", "requirement", "evidence", "shown by")))
    rows = [_row(row) for row in rows_of(fidelity)]
    table = el("table", el("thead", head), el("tbody", *rows)) if rows else None
    title = el("h2", "Fidelity", id="fidelity")
    return el("section", title, el("p", untrusted(summary(fidelity))), table, aria_labelledby="fidelity")


def _row(row: FidelityRow) -> Html:
    name = f"{row.id} (sealed)" if row.sealed else row.id
    shown = " ".join(filter(None, [row.test, f"commit {row.commit}" if row.commit else ""]))
    status = el("td", untrusted(row.status), class_=_TONES.get(row.status))
    texts = (
        f"{row.requirement} — {row.why}" if row.why and row.status != "met" else row.requirement,
        row.evidence,
        shown,
    )
    return el("tr", el("td", untrusted(name)), status, *(el("td", untrusted(text)) for text in texts))

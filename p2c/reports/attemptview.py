"""The attempts of a repair as HTML: who proposed what, what the checks said, and why it was kept or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from p2c.reports.checkview import pill
from p2c.reports.diffview import MOST_LINES, changed, render_diff
from p2c.reports.markup import Html, el, join, untrusted
from p2c.reports.story import Round, Trial
from p2c.reports.visible import lines, one_line

MOST_ATTEMPTS = 300
ALL_LINES = 20_000
"""Lines of all diffs together, shared out evenly."""


def render_attempts(attempts: Sequence[Mapping[str, Any]], trials: Sequence[Trial] = ()) -> Html | None:
    """Return the section of attempts; `trials`, from the journal, add what the checks found before and after."""
    if not attempts:
        return None
    most = min(MOST_LINES, ALL_LINES // len(attempts) + 20)
    known = {(str(trial.data.get("author")), str(trial.data.get("diff"))): trial for trial in trials}
    shown = [
        _attempt(number, attempt, known.get((str(attempt["author"]), str(attempt["diff"]))), most)
        for number, attempt in enumerate(attempts[:MOST_ATTEMPTS], 1)
    ]
    if len(attempts) > MOST_ATTEMPTS:
        shown.append(el("p", f"… {len(attempts) - MOST_ATTEMPTS:,} more, which the JSON document has"))
    return el("section", el("h2", "Attempts to repair"), *shown)


def _attempt(number: int, attempt: Mapping[str, Any], trial: Trial | None, most: int) -> Html:
    added, removed = changed(str(attempt["diff"]))
    head = el(
        "summary",
        f"{number}. ",
        pill(str(attempt["verdict"])),
        " ",
        untrusted(one_line(str(attempt["author"]), 60)),
        el("span", f" +{added} −{removed} ", class_="soft"),
        untrusted(one_line(str(attempt.get("reason") or attempt["note"]), 160)),
    )
    note = el("p", el("b", f"Why {attempt['verdict']}: "), untrusted("\n".join(lines(str(attempt["note"]), 20))))
    diff = (
        render_diff(str(attempt["diff"]), most) if str(attempt["diff"]).strip() else el("p", "There was no diff in it.")
    )
    reason = str(attempt.get("reason") or "")
    meant = (
        el("p", el("b", "Meant to: "), untrusted("\n".join(lines(reason, 40))), class_="message") if reason else None
    )
    return el("details", head, el("div", meant, note, _rounds(trial), diff))


def _rounds(trial: Trial | None) -> Html | None:
    if trial is None or trial.before is None:
        return None
    after = _round(trial.after) if trial.after else "not checked"
    return el(
        "p", join(el("b", "Findings: "), f"{_round(trial.before)} before, {after}" + (" after" if trial.after else ""))
    )


def _round(told: Round) -> str:
    where = ", ".join(f"{name} {number}" for name, number in told.findings.items() if number)
    return f"{told.total} ({where})" if where else str(told.total)

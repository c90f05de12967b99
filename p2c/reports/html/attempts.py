"""The attempts of a repair as HTML: who proposed what, what it cured, what the checks said, why it was kept or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from p2c.formatting import plural
from p2c.reports.comparison import CheckSide, Found, ReportChange, change_of
from p2c.reports.html.checks import pill, spot_of
from p2c.reports.html.diff import MOST_BYTES, changed, render_diff
from p2c.reports.html.elements import Html, el, room, untrusted
from p2c.reports.journal_summary import Round, Trial
from p2c.safe_text import lines, one_line, within

MOST_ATTEMPTS = 300
ALL_BYTES = 1_600_000
"""Of all attempts together, shared out evenly: a fifth of it for words, the rest for diffs."""
MOST_FOUND = 6
_MARKS: Mapping[str, str] = {"passed": "✓ passed", "failed": "✗ failed", "skipped": "– skipped", "absent": "not run"}

States = Mapping[str, Sequence[Found]]
"""The checks of the states that were tried, by the report's fingerprint."""


def render_attempts(
    attempts: Sequence[Mapping[str, Any]], trials: Sequence[Trial] = (), states: States | None = None
) -> Html | None:
    """Return the section of attempts; `trials`, from the journal, add what the checks found before and after, and
    `states` exactly which findings are gone and new."""
    if not attempts:
        return None
    most = ALL_BYTES // min(len(attempts), MOST_ATTEMPTS)
    known = {(str(trial.data.get("author")), str(trial.data.get("diff"))): trial for trial in trials}
    shown = []
    for number, attempt in enumerate(attempts[:MOST_ATTEMPTS], 1):
        trial = known.get((str(attempt["author"]), str(attempt["diff"])))
        shown.append(_attempt(number, attempt, _effect(attempt, trial, states or {}), most))
    if len(attempts) > MOST_ATTEMPTS:
        shown.append(el("p", f"… {len(attempts) - MOST_ATTEMPTS:,} more in the JSON document"))
    kept = sum(attempt["verdict"] == "kept" for attempt in attempts)
    summary = el("p", f"{plural(len(attempts), 'patch')} tried, {kept} kept. Open one for its diff.", class_="soft")
    return el("section", el("h2", "Repair attempts", id="attempts"), summary, *_switch(), *shown,
              aria_labelledby="attempts")  # fmt: skip


def _switch() -> tuple[Html, Html]:
    """The style shows the rows below it side by side while this is checked, on screens that are wide enough."""
    return (
        el("input", type="checkbox", id="beside", class_="beside"),
        el("label", "Show removed and added lines side by side", for_="beside", class_="beside"),
    )


def _attempt(number: int, attempt: Mapping[str, Any], effect: Html | None, most: int) -> Html:
    diff, verdict, reason = str(attempt["diff"]), str(attempt["verdict"]), str(attempt.get("reason") or "")
    added, removed = changed(diff)
    head = el(
        "summary",
        f"{number}. ",
        pill(one_line(verdict, 40)),
        " ",
        untrusted(one_line(str(attempt["author"]), 60)),
        el("span", f" +{added} −{removed} ", class_="soft"),
        untrusted(one_line(reason or str(attempt["note"]), 160)),
    )
    words = most // 10
    meant = _passage("Purpose: ", reason, 40, words) if reason and diff.strip() else None
    note = _passage(f"Why {one_line(verdict, 40)}: ", str(attempt["note"]), 20, words)
    shown = render_diff(diff, min(MOST_BYTES, most * 4 // 5)) if diff.strip() else el("p", "The reply has no diff.")
    return el("details", head, el("div", meant, effect, note, _placed(attempt.get("rungs") or ()), shown))


def _placed(rungs: Sequence[str]) -> Html | None:
    """Say how loosely the diff was applied (docs/diffs.md), where a hunk did not fit as it was written."""
    loose = sorted({rung for rung in rungs if rung != "exact"})
    if not loose:
        return None
    names = one_line(", ".join(f"{rung} ({rungs.count(rung)})" for rung in loose), 200)
    return el("p", el("b", "Hunks not applied as written: "), untrusted(names), class_="soft")


def _passage(what: str, text: str, most: int, share: int) -> Html:
    return el("p", el("b", what), untrusted("\n".join(within(lines(text, most), share, room))), class_="message")


def _effect(attempt: Mapping[str, Any], trial: Trial | None, states: States) -> Html | None:
    before, after = states.get(str(attempt.get("before"))), states.get(str(attempt.get("after")))
    if before is not None and after is not None:
        return _change(change_of(before, after))
    if before is not None:
        gating = [finding for check in before for finding in check["findings"] if finding["gates"]]
        return el("div", _found("To fix", gating), el("p", "The patch was not checked."))
    if trial is None or trial.before is None:
        return None
    if trial.after is None:
        return el("p", el("b", "Findings: "), f"{_sum(trial.before)} before, not checked")
    line = el("p", el("b", "Findings: "), f"{_sum(trial.before)} before, {_sum(trial.after)} after")
    return el("div", line, _checks(_stands(trial.before, trial.after)))


def _change(change: ReportChange) -> Html:
    gone = [finding for finding in change.gone if finding["gates"]]
    new = [finding for finding in change.new if finding["gates"]]
    none = None if gone or new else el("p", "The blocking findings did not change.")
    return el("div", _found("Fixed", gone), _found("New", new), none, _checks(change.checks))


def _found(title: str, findings: Sequence[Found]) -> Html | None:
    if not findings:
        return None
    rows = [_finding(finding) for finding in findings[:MOST_FOUND]]
    if len(findings) > MOST_FOUND:
        rows.append(el("li", f"… {len(findings) - MOST_FOUND:,} more"))
    return el("div", el("b", f"{title}: "), el("ul", *rows))


def _finding(finding: Found) -> Html:
    text = f"{one_line(str(finding['rule']), 80)}: {one_line(str(finding['message']), 200)}"
    return el("li", el("code", untrusted(spot_of(finding))), " ", untrusted(f"{text} ({finding['check']})"))


def _stands(before: Round, after: Round) -> dict[str, tuple[CheckSide, CheckSide]]:
    def stand(checks_round: Round, name: str) -> CheckSide:
        return CheckSide(checks_round.statuses.get(name) or "absent", 0, checks_round.findings.get(name, 0))

    return {name: (stand(before, name), stand(after, name)) for name in {**before.findings, **after.findings}}


def _checks(checks: Mapping[str, tuple[CheckSide, CheckSide]]) -> Html | None:
    """Return the checks that ended otherwise than before, before and after; of the others only how many."""
    if not checks:
        return None
    other = {name: pair for name, pair in checks.items() if stand_of(pair[0]) != stand_of(pair[1])}
    same = len(checks) - len(other)
    rest = el("p", f"{plural(same, 'check')} with the same result as before.", class_="soft") if same else None
    if not other:
        return rest
    heads = [el("th", name, scope="col") for name in ("check", "before", "after")]
    rows = [
        el("tr", el("th", untrusted(one_line(name, 40)), scope="row"), el("td", stand_of(was)), el("td", stand_of(now)))
        for name, (was, now) in other.items()
    ]
    return el("div", el("table", el("thead", el("tr", *heads)), el("tbody", *rows), class_="small"), rest)


def stand_of(stand: CheckSide) -> str:
    """Return how a check ended in a few words: `✗ failed, 2 findings`."""
    findings = f", {plural(stand.findings, 'finding')}" if stand.findings else ""
    return _MARKS.get(stand.status, one_line(stand.status, 20)) + findings


def _sum(checks_round: Round) -> str:
    where = ", ".join(f"{one_line(name, 40)} {number}" for name, number in checks_round.findings.items() if number)
    return f"{checks_round.total} ({where})" if where else str(checks_round.total)

"""The checks of a document as HTML: a row for each, its findings below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from p2c.formatting import plural, took
from p2c.reports.html.elements import Html, el, room, untrusted
from p2c.safe_text import lines, one_line, within

MOST_FINDINGS = 200
"""Findings of one check that are shown; the document has all."""
ALL_BYTES = 1_000_000
"""Of what the shown findings of all checks say, shared out evenly."""
TONES: Mapping[str, str] = {
    "passed": "good", "kept": "good", "runs": "good", "failed": "bad", "rejected": "bad", "broken": "bad",
    "stagnated": "bad", "dropped": "warn", "unverified": "warn", "unavailable": "warn", "budget": "warn",
}  # fmt: skip


def pill(word: str) -> Html:
    """Return a status or verdict as a coloured word."""
    return el("span", word, class_=f"pill {TONES.get(word, 'soft')}")


def render_checks(checks: Sequence[Mapping[str, Any]]) -> Html | None:
    """Return the section of checks, None where none was run."""
    if not checks:
        return None
    names = ("check", "status", "time", "findings")
    heads = [el("th", name, scope="col", class_="number" if name in names[2:] else None) for name in names]
    table = el("table", el("thead", el("tr", *heads)), el("tbody", *(_row(check) for check in checks)), class_="checks")
    most = ALL_BYTES // max(1, sum(min(MOST_FINDINGS, len(check["findings"])) for check in checks))
    details = [_details(check, most) for check in checks if check["findings"]]
    return el("section", el("h2", "Checks", id="checks"), table, *details, aria_labelledby="checks")


def _row(check: Mapping[str, Any]) -> Html:
    note = str(check.get("note") or "")
    status = el(
        "td",
        pill(one_line(str(check["status"]), 40)),
        el("span", " ", untrusted(one_line(note)), class_="soft") if note else None,
    )
    time = el("td", took(str(check["status"]), float(check["seconds"])), class_="number")
    name = el("th", untrusted(one_line(str(check["name"]), 40)), scope="row")
    return el("tr", name, status, time, el("td", len(check["findings"]), class_="number"))


def _details(check: Mapping[str, Any], most: int) -> Html:
    findings = sorted(check["findings"], key=lambda finding: not finding["gates"])
    gating = sum(bool(finding["gates"]) for finding in findings)
    words = f"{one_line(str(check['name']), 40)}: {plural(len(findings), 'finding')}" + (
        f", {gating} blocking" if gating else ""
    )
    items = [render_finding(finding, most) for finding in findings[:MOST_FINDINGS]]
    if len(findings) > MOST_FINDINGS:
        items.append(el("li", f"… {len(findings) - MOST_FINDINGS:,} more in the JSON document"))
    body = el("div", el("ul", *items, class_="findings"))
    return el("details", el("summary", words), body, open=bool(gating))


def spot_of(finding: Mapping[str, Any]) -> str:
    """Return `path:line:column` as far as they are known."""
    spot = ":".join(str(finding[key]) for key in ("path", "line", "column") if finding.get(key))
    return one_line(spot, 240) or "the repository"


def render_finding(finding: Mapping[str, Any], most: int = ALL_BYTES) -> Html:
    """Return one finding: where, the rule, the message, then the frames and details where there are any; `most`
    bytes of what it says are shown."""
    head = el("div", el("code", untrusted(spot_of(finding))), " ", el("b", one_line(str(finding["rule"]), 80)),
              " ", el("span", "blocking" if finding["gates"] else "advisory", class_="soft"))  # fmt: skip
    message = el("div", untrusted("\n".join(within(lines(str(finding["message"]), 20), most, room))), class_="message")
    frames = [_frame(frame) for frame in finding.get("frames") or ()][-30:]
    more = "\n".join(within([*frames, *lines(str(finding.get("detail") or ""), 120)], most, room)).strip()
    trace = el("details", el("summary", "details"), el("div", el("pre", untrusted(more)))) if more else None
    fix = str(finding.get("fix") or "")
    cure = (
        el(
            "details",
            el("summary", "suggested fix"),
            el("div", el("pre", untrusted("\n".join(within(lines(fix, 60), most, room))))),
        )
        if fix
        else None
    )
    return el("li", head, message, trace, cure, class_="bad" if finding["gates"] else None)


def _frame(frame: Mapping[str, Any]) -> str:
    local = ", ".join(f"{key}: {value}" for key, value in dict(frame.get("locals") or {}).items())
    text = f"{frame.get('path')}:{frame.get('line')} in {frame.get('function')}\n    {frame.get('code') or ''}"
    return "\n".join(lines(text + (f"\n    with {local}" if local else ""), 6))

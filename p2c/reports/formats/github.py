"""GitHub's workflow commands: one annotation for each finding."""

from __future__ import annotations

from p2c.executor.report import Finding, Report
from p2c.reports.formats.locations import ROOT, keyed, place
from p2c.safe_text import shorten, spelled


def render_github(report: Report) -> str:
    """Return one `::error` or `::warning` line a finding, gating ones first (a step shows ten of each)."""
    return "".join(_annotation(finding) + "\n" for finding, _ in keyed(report))


def _annotation(finding: Finding) -> str:
    spot = place(finding)
    properties: dict[str, str | int | None] = {
        "file": None if spot.path == ROOT else spot.path,
        "line": spot.line,
        "col": spot.column if spot.line else None,
        "title": f"p2c {finding.check}: {finding.rule}",
    }
    named = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value is not None)
    return f"::{'error' if finding.gates else 'warning'} {named}::{_message(finding.message or finding.rule)}"


def _message(text: str) -> str:
    text = shorten(spelled(text), 4000)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")

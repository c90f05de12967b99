"""GitLab's code quality report (https://docs.gitlab.com/ci/testing/code_quality/)."""

from __future__ import annotations

import json
from typing import Any

from p2c.executor.report import Finding, Report
from p2c.reports.formats.locations import keyed, place
from p2c.safe_text import one_line, visible


def render_gitlab(report: Report) -> str:
    """Return the JSON list of issues; a finding without a line is put on line 1, which GitLab insists on."""
    return json.dumps([_issue(finding, key) for finding, key in keyed(report)], indent=2) + "\n"


def _issue(finding: Finding, key: str) -> dict[str, Any]:
    spot = place(finding)
    return {
        "description": one_line(finding.message, 1000) or finding.rule,
        "check_name": visible(f"{finding.check}/{finding.rule}"),
        "fingerprint": key,
        "severity": "major" if finding.gates else "minor",
        "location": {"path": visible(spot.path), "lines": {"begin": spot.line or 1}},
    }

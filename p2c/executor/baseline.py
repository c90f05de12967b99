"""A baseline: findings that were there before, so that only new ones gate."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from p2c.errors import InputError
from p2c.executor.report import CheckResult, Report


def read_baseline(path: Path) -> frozenset[str]:
    """Return the known fingerprints; raise InputError if the file is none that `write_baseline` wrote."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        known = frozenset(item["fingerprint"] for item in data["findings"])
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{str(path)!r} is not a baseline: {error}", "Write one with `p2c check DIR --write-baseline FILE`."
        ) from error
    return known


def write_baseline(report: Report, path: Path) -> None:
    """Write the report's gating findings as known, sorted, so that the file is easy to review."""
    findings = sorted(
        ({"fingerprint": f.fingerprint, "check": f.check, "rule": f.rule, "path": f.path or ""} for f in report.gating),
        key=lambda item: (item["path"], item["check"], item["rule"], item["fingerprint"]),
    )
    path.write_text(json.dumps({"findings": findings}, indent=1) + "\n", encoding="utf-8")


def apply_baseline(report: Report, known: frozenset[str]) -> Report:
    """Return the report in which known findings no longer gate; a check that failed still says so."""
    return Report(tuple(_without(result, known) for result in report.results))


def _without(result: CheckResult, known: frozenset[str]) -> CheckResult:
    findings = tuple(
        replace(finding, gates=finding.gates and finding.fingerprint not in known) for finding in result.findings
    )
    known_only = result.status == "failed" and findings and not any(finding.gates for finding in findings)
    note = "only findings of the baseline" if known_only else result.note
    return replace(result, findings=findings, note=note)

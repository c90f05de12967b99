"""A baseline: findings that were there before, so that only new ones gate."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from p2c.errors import InputError, UnreadableTextError
from p2c.executor.report import CheckResult, Finding, Report
from p2c.output_files import write_named
from p2c.untrusted_text import load_json

Known = Mapping[tuple[str, str], int]
"""(folder, fingerprint) -> how often; the folder is '' where one repository was checked."""


def read_baseline(path: Path) -> Known:
    """Return what is known; raise InputError if the file is none that `write_baseline` wrote."""
    try:
        data = load_json(path.read_text(encoding="utf-8"))
        known = Counter((str(item.get("folder", "")), str(item["fingerprint"])) for item in data["findings"])
    except (OSError, UnreadableTextError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{str(path)!r} is not a baseline: {error}", "Write one with `p2c check DIR --write-baseline FILE`."
        ) from error
    return known


def write_baseline(reports: Iterable[tuple[str, Report]], path: Path) -> None:
    """Write the gating findings of (folder, report) as known, sorted, so that the file is easy to review."""
    findings = [_entry(folder, finding) for folder, report in reports for finding in report.gating]
    findings.sort(
        key=lambda item: (item.get("folder", ""), *(item[k] for k in ("path", "check", "rule", "fingerprint")))
    )
    write_named(path, (json.dumps({"findings": findings}, indent=1) + "\n").encode())


def apply_baseline(report: Report, known: Known, folder: str = "") -> Report:
    """Return the report in which known findings no longer gate, each as often as it is known.

    One more of the same is new, and gates. A check that failed still says so.
    """
    left = Counter({print_: count for (where, print_), count in known.items() if where == folder})
    return Report(tuple(_without(result, left) for result in report.results))


def _entry(folder: str, finding: Finding) -> dict[str, str]:
    of = {"folder": folder} if folder else {}
    facts = {"check": finding.check, "rule": finding.rule, "path": finding.path or ""}
    return {**of, "fingerprint": finding.fingerprint, **facts}


def _without(result: CheckResult, left: Counter[str]) -> CheckResult:
    findings = tuple(_known(finding, left) for finding in result.findings)
    known_only = result.status == "failed" and findings and not any(finding.gates for finding in findings)
    note = "only findings of the baseline" if known_only else result.note
    return replace(result, findings=findings, note=note)


def _known(finding: Finding, left: Counter[str]) -> Finding:
    if not finding.gates or not left[finding.fingerprint]:
        return finding
    left[finding.fingerprint] -= 1
    return replace(finding, gates=False)

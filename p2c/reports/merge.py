"""Several folders' outcomes as one: paths told from a common folder, the worst verdict, each one's own document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from p2c.budget import Usage
from p2c.executor.report import ORDER, CheckResult, Finding, Frame, Report, Status
from p2c.reports.outcome import Ending, Outcome, document
from p2c.reports.verdict_origin import VerdictOrigin

Part = tuple[str, Outcome]
"""A folder, as it is told ('' for the common one), and how its checks ended."""

WORST: Mapping[Ending, int] = MappingProxyType(
    {"runs": 0, "unverified": 1, "stagnated": 2, "broken": 3, "budget": 4, "unavailable": 5}
)


def moved(outcome: Outcome, folder: str) -> Outcome:
    """Return an outcome whose paths begin with a folder, so that who reads them need not know where it lies."""
    return replace(outcome, report=_report(outcome.report, folder)) if folder else outcome


def merge(parts: Sequence[Part]) -> Outcome:
    """Return one outcome: all findings, the worst verdict with the folders it is of, `repositories` beside it."""
    worst = max((outcome.verdict for _, outcome in parts), key=lambda word: WORST[word])
    of = [folder or "." for folder, outcome in parts if outcome.verdict == worst]
    first = next(outcome for _, outcome in parts if outcome.verdict == worst)
    why = f"{len(of)} of {len(parts)} folders ({', '.join(of[:5])}{', ...' if len(of) > 5 else ''}): {first.why}"
    seconds = sum(outcome.seconds for _, outcome in parts)
    every = [{"path": folder or ".", **document(outcome)} for folder, outcome in parts]
    return Outcome(worst, why, _merged(parts), (), Usage(), seconds, {"repositories": every}, _origin(parts))


def _origin(parts: Sequence[Part]) -> VerdictOrigin:
    """Of what all folders are, null where they differ; a digest of them all has none of them."""
    origins = [outcome.origin for _, outcome in parts]
    commits, clean = {origin.commit for origin in origins}, {origin.clean for origin in origins}
    common = commits.pop() if len(commits) == 1 else ""
    date = max(origin.date for origin in origins)
    remote = origins[0].remote if common else ""
    return VerdictOrigin(common, "", False if False in clean else clean.pop(), date, origins[0].command, remote)


def merged_outcome(parts: Sequence[Part], own_paths: bool) -> Outcome:
    """Return what a format renders; a single folder keeps its own paths in formats for people and programs."""
    if len(parts) > 1:
        return merge(parts)
    folder, outcome = parts[0]
    return outcome if own_paths else moved(outcome, folder)


def _merged(parts: Sequence[Part]) -> Report:
    moved_reports = [moved(outcome, folder).report for folder, outcome in parts]
    results = []
    for check in ORDER:
        same_check = [result for report in moved_reports for result in report.results if result.check == check]
        if same_check:
            results.append(_one(check, same_check))
    return Report(tuple(results))


def _one(check: str, results: list[CheckResult]) -> CheckResult:
    statuses: tuple[Status, ...] = ("failed", "passed", "skipped")
    status = next(word for word in statuses if any(result.status == word for result in results))
    notes = dict.fromkeys(result.note for result in results if result.note and result.status == status)
    findings = tuple(finding for result in results for finding in result.findings)
    return CheckResult(check, status, findings, round(sum(result.seconds for result in results), 3), "; ".join(notes))


def _report(report: Report, folder: str) -> Report:
    return Report(
        tuple(
            replace(result, findings=tuple(_finding(finding, folder) for finding in result.findings))
            for result in report.results
        )
    )


def _finding(finding: Finding, folder: str) -> Finding:
    frames = tuple(_frame(frame, folder) for frame in finding.frames)
    own = any(frame.inside for frame in frames)
    path = f"{folder}/{finding.path}" if finding.path else None if own else folder
    return replace(finding, path=path, frames=frames)


def _frame(frame: Frame, folder: str) -> Frame:
    return replace(frame, path=f"{folder}/{frame.path}") if frame.inside else frame

"""Findings about fidelity that no model is asked for: stubs, open ends in comments, and what the checks advise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from p2c.executor.report import Finding, Report
from p2c.repo import Repo
from p2c.scoring.metrics import size_of

_CHECKS = ("design", "provenance", "claims")
"""Checks whose advice is about the paper: promises that are broken, values that it does not state, claims not shown."""


def computed_findings(repo: Repo, report: Report) -> tuple[Finding, ...]:
    """Return them as findings that do not gate; `rule` is their kind."""
    return (*_own(repo), *_of_checks(report))


def _own(repo: Repo) -> Iterator[Finding]:
    size = size_of(repo)
    for stub in size.stubs:
        place, _, name = stub.rpartition(" ")
        yield _finding("stub", f"{name} does nothing", place)
    for place in size.todos:
        yield _finding("unfinished", "a comment says that something is left to do here", place)


def _of_checks(report: Report) -> Iterator[Finding]:
    for finding in report.findings:
        if finding.check in _CHECKS and not finding.gates:
            yield Finding("fidelity", finding.rule, finding.message, finding.path, finding.line, gates=False)


def _finding(rule: str, message: str, place: str) -> Finding:
    path, _, line = place.rpartition(":")
    return Finding("fidelity", rule, message, path, int(line), gates=False)


def as_lines(findings: Sequence[Finding]) -> list[str]:
    """Return a line for each: its place, its kind, what it says."""
    return [f"{f.path}:{f.line or 1}: {f.rule}: {' '.join(f.message.split())[:300]}" for f in findings if f.path]

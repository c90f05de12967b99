"""Where findings are and how they are told apart, for formats that want a place and a key for each."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from p2c.executor.report import Finding, Report

ROOT = "."
"""The path of a finding that belongs to the repository as a whole; the services refuse a result without any."""


@dataclass(frozen=True)
class Location:
    """A path inside the repository (or ROOT) with 1-based line and column, where they are known."""

    path: str
    line: int | None = None
    column: int | None = None


def place(finding: Finding) -> Location:
    """Return where a finding points, never outside the repository: its own place, else its innermost inside frame."""
    if finding.path and _inside(finding.path):
        return Location(_relative(finding.path), _positive(finding.line), _positive(finding.column))
    for frame in reversed(finding.frames):
        if frame.inside and _inside(frame.path):
            return Location(_relative(frame.path), _positive(frame.line), _positive(frame.column))
    return Location(ROOT)


def keyed(report: Report) -> Iterator[tuple[Finding, str]]:
    """Yield each finding, gating ones first, with a key that is unique in the report and stable between runs:
    its fingerprint, and for the second and later of the same fingerprint a hash with their number."""
    seen: Counter[str] = Counter()
    for finding in sorted(report.findings, key=lambda f: not f.gates):
        base = finding.fingerprint
        seen[base] += 1
        number = seen[base]
        key = base if number == 1 else hashlib.sha256(f"{base}:{number}".encode()).hexdigest()[:16]
        yield finding, key


def where(finding: Finding) -> str:
    """Return `path:line:col`, as much of it as is known."""
    parts = [finding.path or "", finding.line, finding.column if finding.line else None]
    return ":".join(str(part) for part in parts if part)


def _inside(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return bool(parts[0]) and ".." not in parts and not parts[0].endswith(":")


def _relative(path: str) -> str:
    return "/".join(part for part in path.replace("\\", "/").split("/") if part not in ("", ".")) or ROOT


def _positive(number: int | None) -> int | None:
    return number if number is not None and number > 0 else None

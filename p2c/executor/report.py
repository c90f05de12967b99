"""What checking found: findings, the result of each check, and the verdict over all."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Status = Literal["passed", "failed", "skipped"]
Verdict = Literal["runs", "broken", "unverified"]

ORDER = ("compile", "design", "lint", "install", "types", "import", "smoke", "test", "provenance")
"""The checks, cheapest first."""

RAN = ("smoke", "test")
"""The checks that show that it runs: one of them has to have passed."""

LEFT = frozenset({"ArtifactMissing", "ArtifactEmpty", "ArtifactUnreadable", "NotFinite"})
"""Rules about what a command left that ended well."""

_VOLATILE = (
    (re.compile(r"0x[0-9a-fA-F]+"), "ADDRESS"),
    (re.compile(r"(?:/[\w.@+-]+)+/"), ""),
    (re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"), "N"),
    (re.compile(r"\s+"), " "),
)


@dataclass(frozen=True)
class Frame:
    """One call on the way to a failure: where, the source line, its locals as type, shape and dtype."""

    path: str
    line: int
    function: str
    code: str = ""
    column: int | None = None
    end_column: int | None = None
    locals: Mapping[str, str] = field(default_factory=dict)
    inside: bool = True
    """The file is the repository's own."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: which check says so, what (`rule`, such as `F821` or `ModuleNotFoundError`),
    where (1-based line and column) and whether it gates."""

    check: str
    rule: str
    message: str
    path: str | None = None
    line: int | None = None
    column: int | None = None
    frames: tuple[Frame, ...] = ()
    gates: bool = True
    fix: str = ""
    """What is known to cure it, in words or as a unified diff."""
    detail: str = ""
    """More for the debugger: a traceback's cause chain, the tail of an output."""

    @property
    def fingerprint(self) -> str:
        """16 hex digits that survive renumbered lines, temporary paths, addresses and measured numbers."""
        inside = [frame for frame in self.frames if frame.inside]
        place = f"{inside[-1].path}:{inside[-1].function}:{inside[-1].code.strip()}" if inside else self.path or ""
        return _hash(self.check, self.rule, place, normalise(self.message))


@dataclass(frozen=True)
class CheckResult:
    """How one check ended; a skipped one says why in `note`."""

    check: str
    status: Status
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class Report:
    """The results of one round of checks over one repository, in the order of `ORDER`."""

    results: tuple[CheckResult, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in the order of the checks."""
        return tuple(finding for result in self.results for finding in result.findings)

    @property
    def gating(self) -> tuple[Finding, ...]:
        """The findings that gate."""
        return tuple(finding for finding in self.findings if finding.gates)

    @property
    def ok(self) -> bool:
        """Nothing gates, and something was really run."""
        return self.verdict == "runs"

    @property
    def verdict(self) -> Verdict:
        """`runs` only where something ran and nothing gates; nothing to run is `unverified`, never a pass."""
        if self.gating or any(r.status == "failed" and r.check in ("install", "import", "smoke") for r in self.results):
            return "broken"
        ran = any(self.status(name) == "passed" for name in ("smoke", "test"))
        return "runs" if ran and self.status("install") != "skipped" else "unverified"

    @property
    def progress(self) -> tuple[int, int, int, int]:
        """How far it gets; larger is better. Checks passed in order before the first failure; 1 where that check
        ran to its end and only what it left is wrong; all checks passed (what an install that works now lets others
        find is no step back, though a file elsewhere still does not compile); minus the causes that gate (one for
        all such findings of a file: a run that leaves five bad numbers is not worse than one that died early).
        """
        passed, ended = 0, 0
        for result in self.results:
            gating = [finding for finding in result.findings if finding.gates]
            if result.status == "failed" and gating:
                ended = int(all(finding.rule in LEFT for finding in gating))
                break
            passed += result.status == "passed"
        kinds = {(finding.rule, finding.path) for finding in self.gating if finding.rule in LEFT}
        others = sum(finding.rule not in LEFT for finding in self.gating)
        in_all = sum(result.status == "passed" for result in self.results)
        return passed, ended, in_all, -others - len(kinds)

    @property
    def fingerprint(self) -> str:
        """16 hex digits over the gating findings and the statuses."""
        statuses = [f"{result.check}={result.status}" for result in self.results]
        return _hash(*statuses, *sorted(finding.fingerprint for finding in self.gating))

    def status(self, check: str) -> Status | None:
        """How the named check ended; None if it was not among those asked for."""
        return next((result.status for result in self.results if result.check == check), None)


def headline(finding: Finding) -> str:
    """Return what is wrong in one line: the message, with the rule in front where the message is only a value.

    A KeyError says no more than `'b'`, an AssertionError often nothing at all.
    """
    words = re.sub(r"\(\)$", "", finding.message).strip()
    return finding.message if re.search(r"[A-Za-z]{2,}\W+\w", words) else f"{finding.rule}: {words}".rstrip(": ")


def what_ran(report: Report) -> str:
    """Return what a verdict of `runs` rests on, and which checks were skipped, advise only, or were not asked for."""
    passed = [name for name in RAN if report.status(name) == "passed"]
    clauses = [f"{' and '.join(passed)} passed"] if passed else []
    for result in report.results:
        if result.status == "skipped":
            named = result.check in RAN and result.note
            clauses.append(
                result.note if named else f"{result.check} was skipped" + (f" ({result.note})" * bool(result.note))
            )
        elif result.status == "failed":
            clauses.append(f"{result.check} failed, and does not gate")
    clauses += [f"{name} was not asked for" for name in RAN if report.status(name) is None]
    return "every check passed" if len(clauses) == 1 and len(passed) == len(RAN) else "; ".join(clauses)


def normalise(message: str) -> str:
    """Return a message with addresses, folders and numbers replaced, so that it compares between runs."""
    for pattern, word in _VOLATILE:
        message = pattern.sub(word, message)
    return message.strip()


def to_data(report: Report) -> list[dict[str, Any]]:
    """Return the `checks` list of the `--json` document: everything that `from_data` needs to read it back."""
    return [
        {**asdict(result), "name": result.check, "findings": [_finding_data(f) for f in result.findings]}
        for result in report.results
    ]


def from_data(data: list[dict[str, Any]]) -> Report:
    """Read back what `to_data` wrote."""
    return Report(
        tuple(
            CheckResult(
                item["check"],
                item["status"],
                tuple(_read_finding(finding) for finding in item["findings"]),
                item["seconds"],
                item["note"],
            )
            for item in data
        )
    )


def _finding_data(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "fingerprint": finding.fingerprint}


def _read_finding(data: dict[str, Any]) -> Finding:
    fields = {key: value for key, value in data.items() if key != "fingerprint"}
    return Finding(**{**fields, "frames": tuple(Frame(**frame) for frame in data["frames"])})


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]

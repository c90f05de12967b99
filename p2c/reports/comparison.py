"""Two reports compared: what became of the verdict, the checks and the findings, and what it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from p2c.executor.report import ORDER
from p2c.formatting import is_stale

Document = Mapping[str, Any]
Found = Mapping[str, Any]
"""A finding of a document."""


NOT_SHOWN = frozenset({"skipped", "absent"})


@dataclass(frozen=True)
class CheckSide:
    """How one check ended: `absent` where it was not among those asked for."""

    status: str = "absent"
    gating: int = 0
    findings: int = 0
    seconds: float | None = None


@dataclass(frozen=True)
class ReportChange:
    """What lies between two rounds of checks: each check before and after, and the findings gone, new and left."""

    checks: Mapping[str, tuple[CheckSide, CheckSide]]
    gone: tuple[Found, ...]
    new: tuple[Found, ...]
    left: tuple[Found, ...]


@dataclass(frozen=True)
class Comparison:
    """Two documents, the names they go by, and what changed between their checks."""

    names: tuple[str, str]
    documents: tuple[Document, Document]
    change: ReportChange

    @property
    def tone(self) -> str:
        """`good` where gating findings are only gone, `bad` where there are new ones, else `warn`; so is less shown,
        and what is not of the files that lie there."""
        if any(finding["gates"] for finding in self.change.new) or (self._runs(0) and not self._runs(1)):
            return "bad"
        if any(is_stale(document) for document in self.documents):
            return "warn"
        better = any(finding["gates"] for finding in self.change.gone) or (self._runs(1) and not self._runs(0))
        return "good" if (better or (self._runs(0) and self._runs(1))) and not self.lost else "warn"

    @property
    def lost(self) -> tuple[str, ...]:
        """The checks that passed before and were skipped or not asked for after: they show nothing now."""
        pairs = self.change.checks.items()
        return tuple(name for name, (was, now) in pairs if was.status == "passed" and now.status in NOT_SHOWN)

    def _runs(self, which: int) -> bool:
        return bool(self.documents[which]["verdict"] == "runs")


def compare(before: Document, after: Document, names: tuple[str, str]) -> Comparison:
    """Return what changed from the first document to the second."""
    return Comparison(names, (before, after), change_of(before["checks"], after["checks"]))


def change_of(before: Sequence[Found], after: Sequence[Found]) -> ReportChange:
    """Compare two lists of checks; findings are the same where their fingerprints are."""
    was = {str(check["name"]): _stand(check) for check in before}
    now = {str(check["name"]): _stand(check) for check in after}
    order = sorted({**now, **was}, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    checks = {name: (was.get(name, CheckSide()), now.get(name, CheckSide())) for name in order}
    known, left = _by_fingerprint(before), _by_fingerprint(after)
    return ReportChange(
        checks,
        tuple(finding for key, finding in known.items() if key not in left),
        tuple(finding for key, finding in left.items() if key not in known),
        tuple(finding for key, finding in left.items() if key in known),
    )


def figures(documents: tuple[Document, Document]) -> dict[str, tuple[Any, Any]]:
    """Return what both runs took, by name: a number each, None for money that is unknown."""
    before, after = documents
    both = {
        "attempts": tuple(len(document["attempts"]) for document in documents),
        "kept": tuple(sum(a["verdict"] == "kept" for a in document["attempts"]) for document in documents),
        "seconds": (before["seconds"], after["seconds"]),
    }
    for key in ("calls", "prompt_tokens", "cached_tokens", "completion_tokens", "usd"):
        both[key] = (before["usage"].get(key), after["usage"].get(key))
    return {key: (pair[0], pair[1]) for key, pair in both.items()}


def to_data(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as JSON-able data: `before`, `after`, `checks`, `gone`, `new`, `left`, `figures`."""
    sides = [
        {"name": name, "verdict": document["verdict"], "why": document["why"]}
        for name, document in zip(comparison.names, comparison.documents, strict=True)
    ]
    checks = [
        {"name": name, "before": _data(was), "after": _data(now)}
        for name, (was, now) in comparison.change.checks.items()
    ]
    figured = {key: {"before": was, "after": now} for key, (was, now) in figures(comparison.documents).items()}
    findings = {key: [dict(item) for item in getattr(comparison.change, key)] for key in ("gone", "new", "left")}
    return {"before": sides[0], "after": sides[1], "checks": checks, **findings, "figures": figured}


def _data(stand: CheckSide) -> dict[str, Any]:
    return {
        "status": stand.status,
        "gating": stand.gating,
        "findings": stand.findings,
        "seconds": stand.seconds,
    }


def _stand(check: Found) -> CheckSide:
    findings = check["findings"]
    return CheckSide(
        str(check["status"]), sum(bool(f["gates"]) for f in findings), len(findings), float(check["seconds"])
    )


def _by_fingerprint(checks: Sequence[Found]) -> dict[str, Found]:
    """A finding without a fingerprint is known by what it says, so that no two are taken for one."""
    by_key: dict[str, Found] = {}
    for check in checks:
        for finding in check["findings"]:
            words = "\0".join(str(finding.get(key)) for key in ("check", "rule", "path", "message"))
            by_key.setdefault(str(finding.get("fingerprint") or words), finding)
    return by_key

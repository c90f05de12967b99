"""How a command ended, as a value, and the one JSON document that says so."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from p2c.budget import Usage
from p2c.executor.report import CheckResult, Finding, Report, from_data, to_data
from p2c.redaction import redact_data
from p2c.repair.history import Attempt
from p2c.repair.open_points import left_open
from p2c.repair.patch import Patch
from p2c.reports.verdict_origin import VerdictOrigin, read_origin

Ending = Literal["runs", "broken", "unverified", "unavailable", "budget", "stagnated"]

EXIT_CODES: Mapping[Ending, int] = MappingProxyType(
    {"runs": 0, "broken": 1, "stagnated": 1, "unavailable": 3, "budget": 4, "unverified": 5}
)


@dataclass(frozen=True)
class Outcome:
    """How a build, a repair or a check ended. `why` is one sentence for people; `seconds` is wall time.

    `extra` is JSON-able and stands beside the contract's keys in the document (`title`, `paper`, `repository`,
    `limits`); it can't replace one of them.
    """

    verdict: Ending
    why: str
    report: Report = field(default_factory=Report)
    attempts: tuple[Attempt, ...] = ()
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    extra: Mapping[str, Any] = field(default_factory=dict)
    origin: VerdictOrigin = field(default_factory=VerdictOrigin)
    """What it is of, and since when."""

    @property
    def exit_code(self) -> int:
        """The exit code that goes with the verdict."""
        return EXIT_CODES[self.verdict]


def document(outcome: Outcome) -> dict[str, Any]:
    """Return the `--json` document; unknown money is None, and 0 where no model was called.

    No secret is in it; a diff that holds one is therefore for reading, `repair.diff` is the one to apply.
    """
    usage = outcome.usage
    data = {
        **outcome.origin.keys,
        **outcome.extra,
        **{key: value for key, value in outcome.origin.keys.items() if value is not None},
        "verdict": outcome.verdict,
        "why": outcome.why,
        "checks": to_data(outcome.report),
        "attempts": [_attempt(attempt) for attempt in outcome.attempts],
        **({"left_open": left} if (left := [point.line for point in left_open(outcome.attempts)]) else {}),
        "usage": {
            "calls": usage.calls,
            "prompt_tokens": usage.prompt_tokens,
            "cached_tokens": usage.cached_tokens,
            "completion_tokens": usage.completion_tokens,
            "usd": usage.usd if usage.calls else 0.0,
        },
        "seconds": round(outcome.seconds, 3),
    }
    return dict(redact_data(data))


def read_outcome(doc: Mapping[str, Any]) -> Outcome:
    """Return the outcome that a document of the right shape (`shape.DOCUMENT`) tells of; `extra` is all of it."""
    usage = doc["usage"]
    names = ("calls", "prompt_tokens", "cached_tokens", "completion_tokens")
    counts = {name: int(usage[name]) for name in names}
    verdict: Any = doc.get("verdict") or "unverified"
    return Outcome(
        verdict,
        str(doc["why"]),
        _read_report(doc["checks"]),
        tuple(_read_attempt(attempt) for attempt in doc["attempts"]),
        Usage(**counts, usd=usage.get("usd")),
        float(doc["seconds"]),
        dict(doc),
        read_origin(doc),
    )


def _read_report(checks: list[dict[str, Any]]) -> Report:
    """Return the report that another program may have written: of a finding's frames nothing is then told."""
    try:
        return from_data(checks)
    except (KeyError, TypeError, AttributeError):
        return Report(tuple(_read_check(check) for check in checks))


def _read_check(data: dict[str, Any]) -> CheckResult:
    keys = ("check", "rule", "message", "path", "line", "column", "gates")
    findings = [
        Finding(
            **{key: finding.get(key) for key in keys}, fix=finding.get("fix") or "", detail=finding.get("detail") or ""
        )
        for finding in data["findings"]
    ]
    return CheckResult(data["name"], data["status"], tuple(findings), data["seconds"], data.get("note") or "")


def _read_attempt(data: Mapping[str, Any]) -> Attempt:
    patch = Patch(data["diff"], data.get("reason") or "", data["author"])
    rungs = tuple(data.get("rungs") or ())
    return Attempt(patch, data["verdict"], data["note"], data.get("before") or "", data.get("after") or "", rungs=rungs)


def to_json(doc: Mapping[str, Any]) -> str:
    """Return the document as JSON text in ASCII, so that no locale and no lone surrogate can break the output.

    `##` is written in another of JSON's ways: in a log, Azure and GitHub obey `##vso[` and `##[` wherever they stand.
    """
    return re.sub("#(?=#)", r"\\u0023", json.dumps(doc, indent=2, default=str)) + "\n"


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "author": attempt.patch.author,
        "verdict": attempt.verdict,
        "note": attempt.note,
        "diff": attempt.patch.diff,
        "reason": attempt.patch.reason,
        "before": attempt.before,
        "after": attempt.after,
        "rungs": list(attempt.rungs),
    }

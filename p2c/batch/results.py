"""How items ended: one file each, written whole by whoever did the work, believed when a batch is started again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from p2c.batch.jobs import Allowance, BatchJob
from p2c.budget import Usage
from p2c.journal import Event, read_events
from p2c.reports.journal_summary import usage_in
from p2c.state_folder import read_file, write_file

STARTED = "item.started"
FINAL = frozenset({"runs", "broken", "stagnated", "unverified", "input"})
"""Endings that the same command would come to again: they are kept. All others are gone on with."""


@dataclass(frozen=True)
class ItemResult:
    """How an item ended. `verdict` is that of its document, or the word of its error: `input`, `usage`, `bug`,
    `killed`, `interrupted`. `spent` and `seconds` are of all its starts, `used` of the last one."""

    name: str
    kind: str
    key: str
    verdict: str
    why: str
    exit: int
    document: Mapping[str, Any] = field(default_factory=dict)
    score: Mapping[str, Any] | None = None
    score_key: str = ""
    """What the score was asked with, once there is one."""
    used: Usage = Usage()
    spent: Usage = Usage()
    starts: int = 0
    seconds: float = 0.0
    folder: str = ""

    @property
    def unscored(self) -> Mapping[str, Any]:
        """Why there is no score where one was wanted (`why`, `exit`); empty otherwise."""
        return self.score if self.score is not None and not self.score_key else {}

    @property
    def final(self) -> bool:
        """It ended by itself, so the same command would come to the same end."""
        return self.verdict in FINAL


@dataclass(frozen=True)
class ItemUsage:
    """What the starts of an item took together."""

    starts: int
    usage: Usage
    seconds: float


def spent_in(events: Path) -> ItemUsage:
    """Count an item's events: each call was noted when it was paid for, so a kill loses none."""
    starts, seconds = 0, 0.0
    every: list[Event] = []
    last: datetime | None = None
    for event in read_events(events):
        try:
            now = datetime.fromisoformat(event.time)
        except ValueError:
            continue
        every.append(event)
        if event.name == STARTED:
            starts += 1
        elif last is not None:
            seconds += max(0.0, (now - last).total_seconds())
        last = now
    return ItemUsage(starts, usage_in(every), round(seconds, 3))


def spent_since(events: Path, before: int) -> Usage:
    """Return what the calls cost that were noted after the first `before` events."""
    return usage_in(list(read_events(events))[before:])


def write_result(order: BatchJob, result: ItemResult) -> None:
    """Keep a result, whole or not at all."""
    text = json.dumps(asdict(result), indent=1, ensure_ascii=False, default=str)
    write_file(order.place.result(result.name), (text + "\n").encode("utf-8", "backslashreplace"))


def read_result(path: Path) -> ItemResult | None:
    """Return a kept result; None where there is none that p2c wrote."""
    try:
        data = json.loads(read_file(path) or b"")
        fields = {name: data[name] for name in ItemResult.__dataclass_fields__}
        return ItemResult(**{**fields, "used": Usage(**fields["used"]), "spent": Usage(**fields["spent"])})
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def not_done(order: BatchJob, verdict: str, why: str, exit_code: int) -> ItemResult:
    """Return the result of an item that a start did not come to, or lost; what earlier starts spent still counts."""
    spent = spent_in(order.place.events(order.item.name))
    return ItemResult(
        order.item.name,
        order.item.kind,
        order.key,
        verdict,
        why,
        exit_code,
        spent=spent.usage,
        starts=spent.starts,
        seconds=spent.seconds,
        folder=str(order.folder),
    )


def left_of(grant: Allowance, used: Usage) -> Allowance:
    """Return what of a grant is still there."""
    usd = None if grant.usd is None else max(0.0, grant.usd - (used.usd or 0.0))
    tokens = None if grant.tokens is None else max(0, grant.tokens - used.tokens)
    return replace(grant, usd=usd, tokens=tokens)

"""What the journal tells, put in order: stages with their time and money, rounds of checks, costs by who asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from p2c.budget import Usage
from p2c.journal import Event

PAID = ("model.called", "model.failed")
"""A call that failed may have been charged for as well."""


@dataclass(frozen=True)
class Stage:
    """One stage: seconds it took (None: it never ended), the calls made in it and how many came from disk.

    `start` and `last` are the times of its start and of the last event in it, `events` are those in none of the
    stages inside of it.
    """

    name: str
    seconds: float | None = None
    usage: Usage = field(default_factory=Usage)
    replayed: int = 0
    start: str = ""
    last: str = ""
    events: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Round:
    """One round of checks: how many findings, and how each ended, by check, in the order in which they ended."""

    findings: Mapping[str, int]
    statuses: Mapping[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Findings of all checks."""
        return sum(self.findings.values())


@dataclass(frozen=True)
class Trial:
    """A patch that was tried: what was noted of it, and the checks before and after (None where none were run)."""

    data: Mapping[str, Any]
    before: Round | None
    after: Round | None


@dataclass(frozen=True)
class Cost:
    """What one kind of prompt cost: paid calls, and calls answered from disk."""

    who: str
    usage: Usage
    replayed: int = 0


def stages(events: Iterable[Event]) -> tuple[Stage, ...]:
    """Return the stages in the order in which they started; a call belongs to the stage started last and not ended."""
    stages_seen: list[Stage] = []
    inside: list[list[Event]] = []
    open_at: list[int] = []
    for event in events:
        name = str(event.data.get("stage", ""))
        if event.name == "stage.started":
            open_at.append(len(stages_seen))
            stages_seen.append(Stage(name, start=event.time, last=event.time))
            inside.append([])
        elif event.name == "stage.ended":
            at = next((i for i in reversed(open_at) if stages_seen[i].name == name), None)
            if at is not None:
                open_at.remove(at)
                stages_seen[at] = replace(
                    stages_seen[at], seconds=between(stages_seen[at].start, event.time), last=event.time
                )
        elif event.name == "run.started":
            open_at.clear()  # what a killed run left open
        elif open_at:
            stages_seen[open_at[-1]] = _with_event(stages_seen[open_at[-1]], event)
            inside[open_at[-1]].append(event)
    return tuple(replace(stage, events=tuple(own)) for stage, own in zip(stages_seen, inside, strict=True))


def rounds(events: Iterable[Event]) -> tuple[Round, ...]:
    """Return the rounds of checks; a check that ends a second time begins the next round."""
    counts: list[dict[str, int]] = []
    for event in events:
        if event.name in ("stage.started", "run.started"):
            counts.append({})
        if event.name != "check.ended":
            continue
        name = str(event.data.get("name", ""))
        if not counts or name in counts[-1]:
            counts.append({})
        counts[-1][name] = count(event.data.get("findings"))
    return tuple(Round(findings) for findings in counts if findings)


def costs(events: Iterable[Event]) -> tuple[Cost, ...]:
    """Return what each kind of prompt cost (`plan.design` is of the kind `plan`), first asked first."""
    by_kind: dict[str, Cost] = {}
    for event in events:
        if event.name in PAID:
            who = re.split(r"[.:]", str(event.data.get("stage", "")), maxsplit=1)[0] or "other"
            cost = by_kind.get(who, Cost(who, Usage()))
            if event.data.get("cached"):
                by_kind[who] = replace(cost, replayed=cost.replayed + 1)
            else:
                by_kind[who] = replace(cost, usage=cost.usage + usage_of(event.data))
    return tuple(by_kind.values())


def usage_in(events: Iterable[Event]) -> Usage:
    """Return what all paid calls cost together."""
    paid = (event.data for event in events if event.name in PAID and not event.data.get("cached"))
    return sum((usage_of(data) for data in paid), Usage())


def trials(events: Iterable[Event]) -> tuple[Trial, ...]:
    """Return each patch that was tried, oldest first; its own checks ended before it was noted."""
    tried: list[Trial] = []
    base: Round | None = None
    last: Round | None = None
    running: list[Event] = []
    for event in events:
        if event.name == "check.ended":
            if str(event.data.get("name", "")) in _round(running).findings:
                last, running = _round(running), []
            running.append(event)
        elif event.name == "stage.ended" and running:
            base, running = _round(running), []
        elif event.name == "patch.tried":
            checked = event.data.get("verdict") != "rejected"
            now = _round(running) if running else None
            base = base or (last if checked else now)
            tried.append(Trial(event.data, base, now if checked else None))
            base = now if event.data.get("verdict") == "kept" else base
    return tuple(tried)


def _round(ended: Iterable[Event]) -> Round:
    checks = {str(event.data.get("name", "")): event.data for event in ended}
    statuses = {name: str(data.get("status", "")) for name, data in checks.items()}
    return Round({name: count(data.get("findings")) for name, data in checks.items()}, statuses)


def usage_of(data: Mapping[str, Any]) -> Usage:
    """Return what an event of PAID says that the call cost; one that failed tells its tokens in one sum."""
    usd = data.get("usd")
    if "error" in data and not data.get("tokens"):
        return Usage()
    return Usage(
        max(1, count(data.get("calls"))),
        int(number(data.get("tokens" if "error" in data else "prompt_tokens"))),
        int(number(data.get("cached_tokens"))),
        int(number(data.get("completion_tokens"))),
        number(usd) if isinstance(usd, int | float) else None,
    )


def count(value: object) -> int:
    """Return a number of things that an event gives as the number, or as the things themselves."""
    if isinstance(value, Sequence | Mapping) and not isinstance(value, str):
        return len(value)
    return int(number(value))


def planned_files(value: object) -> int:
    """Return how many files a plan asks for: nobody is asked for the empty file that makes a folder a package."""
    if isinstance(value, list):
        value = [path for path in value if not str(path).endswith("__init__.py")]
    return count(value)


def between(start: str, end: str) -> float | None:
    """Return the seconds between two ISO times, None where one can't be read."""
    try:
        return max(0.0, (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
    except (ValueError, TypeError):
        return None


def number(value: object) -> float:
    """Return a number that an event should give, 0 for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if abs(value) < 1e15 else 0.0


def _with_event(stage: Stage, event: Event) -> Stage:
    stage = replace(stage, last=event.time)
    if event.name not in PAID:
        return stage
    if event.data.get("cached"):
        return replace(stage, replayed=stage.replayed + 1)
    return replace(stage, usage=stage.usage + usage_of(event.data))

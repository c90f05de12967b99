"""The runs that a journal tells of, each with its stages: what came of them, how long they took, what they cost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from p2c.budget import Usage
from p2c.formatting import plural
from p2c.journal import Event
from p2c.reports.journal_summary import PAID, Stage, between, count, planned_files, stages, usage_in

_BY_PROMPT = {
    "figure": "planning", "plan": "planning", "analysis": "writing", "code": "writing", "debug": "repair",
}  # fmt: skip
_BY_EVENT = {"plan.made": "planning", "file.analysed": "writing", "file.written": "writing", "patch.tried": "repair"}


@dataclass(frozen=True)
class Run:
    """One start of a command: `seconds` from its first to its last event; an empty `verdict` means that its end was
    never noted (killed, or still at work)."""

    command: str
    start: str
    seconds: float
    verdict: str
    stages: tuple[Stage, ...]
    usage: Usage
    replayed: int


def runs(events: Iterable[Event]) -> tuple[Run, ...]:
    """Return the runs, oldest first."""
    chunks: list[list[Event]] = []
    for event in events:
        if event.name == "run.started" or not chunks:
            chunks.append([])
        chunks[-1].append(event)
    return tuple(_run(chunk) for chunk in chunks)


def outcome_of(stage: Stage) -> str:
    """Return what came of a stage, in words; empty where nothing did."""
    names = [event.name for event in stage.events]
    parts = []
    for event in stage.events:
        if event.name == "plan.made":
            parts = [plural(planned_files(event.data.get("files")), "file") + " planned"]
            values, assumed = count(event.data.get("values")), count(event.data.get("assumed"))
            parts += [f"{plural(values, 'value')}, {assumed} of them assumed"] if values else []
    for name, noun, done in (("file.analysed", "file", "analysed"), ("file.written", "file", "written")):
        paths = {str(event.data.get("path")) for event in stage.events if event.name == name}
        parts += [f"{plural(len(paths), noun)} {done}"] if paths else []
    tried = [str(event.data.get("verdict")) for event in stage.events if event.name == "patch.tried"]
    parts += [f"{plural(len(tried), 'attempt')}, {tried.count('kept')} kept"] if tried else []
    checked = [event.data for event in stage.events if event.name == "repo.checked"]
    if checked and not tried:
        gating = count(checked[-1].get("gating"))
        parts.append(f"{plural(gating, 'blocking finding')}" if gating else f"checked: {checked[-1].get('verdict')}")
    refused = names.count("reply.refused")
    parts += [f"{plural(refused, 'reply')} requested again".replace("replys", "replies")] if refused else []
    if not parts and stage.name == "repair" and stage.seconds is not None:
        return "no patch was tried"
    return "; ".join(parts)


def _run(events: Sequence[Event]) -> Run:
    first, last = events[0], events[-1]
    data = first.data if first.name == "run.started" else {}
    paid = [event.data for event in events if event.name in PAID]
    begin = _start_of(first)
    return Run(
        str(data.get("command", "")),
        begin,
        between(begin, last.time) or 0.0,
        _verdict(events),
        stages(_staged(events)),
        usage_in(events),
        sum(bool(call.get("cached")) for call in paid),
    )


def _verdict(events: Iterable[Event]) -> str:
    """How the repair loop stopped is no verdict: the proof comes after it."""
    return next((str(event.data.get("verdict", "")) for event in events if event.name == "run.ended"), "")


def _staged(events: Iterable[Event]) -> Iterator[Event]:
    """Yield the events; what happened outside of all stages gets one of its own, by what it is."""
    depth, implied, last, checked = 0, "", "", False
    for event in events:
        named = event.name in ("stage.started", "stage.ended")
        kind = "" if depth or named else _kind(event, implied, checked)
        if implied and (kind not in ("", implied) or event.name == "stage.started"):
            yield Event("stage.ended", last, {"stage": implied})
            implied = ""
        if kind and kind != implied:
            yield Event("stage.started", _start_of(event), {"stage": kind})
            implied = kind
        depth = max(0, depth + {"stage.started": 1, "stage.ended": -1}.get(event.name, 0))
        checked = checked or event.name == "repo.checked"
        yield event
        last = event.time
        if implied and event.name in ("repair.stopped", "run.ended"):
            yield Event("stage.ended", last, {"stage": implied})
            implied = ""


def _kind(event: Event, implied: str, checked: bool) -> str:
    if event.name in PAID:
        prompt = re.split(r"[.:]", str(event.data.get("stage", "")), maxsplit=1)[0]
        return _BY_PROMPT.get(prompt, implied)
    if event.name == "check.started":
        return "repair" if checked or implied == "repair" else "checks"
    return _BY_EVENT.get(event.name, "")


def _start_of(event: Event) -> str:
    """A call is noted when it has ended."""
    took = event.data.get("seconds") if event.name in PAID else None
    if not isinstance(took, int | float):
        return event.time
    try:
        return (datetime.fromisoformat(event.time) - timedelta(seconds=took)).isoformat()
    except (ValueError, OverflowError):
        return event.time

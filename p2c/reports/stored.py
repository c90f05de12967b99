"""What a folder keeps of its runs, read with the mistrust that files deserve: report, journal, plan, single states."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from p2c.errors import InputError
from p2c.journal import Event
from p2c.reports.dependencies import Uses, uses_of_plan, uses_of_repo
from p2c.reports.scoreview import SCORE
from p2c.reports.shape import CHECKS, DOCUMENT, EVENT, PLAN, require
from p2c.repository_files import read
from p2c.state_folder import STATE

Checks = Sequence[Mapping[str, Any]]
HINT = "Give the folder of a p2c build or repair, or a file that --json wrote."
MOST_BYTES = 200_000_000


@dataclass(frozen=True)
class Beside:
    """What stands beside a report: the plan where there is one, which file uses which, and the checks of the states
    that were tried, by the report's fingerprint. `notes` say what could not be read."""

    plan: Mapping[str, Any] | None = None
    uses: Uses = field(default_factory=dict)
    states: Mapping[str, Checks] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    score: Mapping[str, Any] | None = None
    """What `p2c score` left."""


@dataclass(frozen=True)
class Stored:
    """A report with everything that was found beside it; `name` says where it is from."""

    name: str
    document: Mapping[str, Any]
    events: tuple[Event, ...] = ()
    beside: Beside = field(default_factory=Beside)


def read_stored(place: Path) -> Stored:
    """Return what a folder, or a single file with a `--json` document, tells; raises InputError with the spot that
    is foreign or damaged."""
    if place.is_file():
        return Stored(place.name, read_document(place))
    if not place.is_dir():
        raise InputError(f"{str(place)!r} is neither a folder nor a file", HINT)
    state = place / STATE
    if not (state / "report.json").is_file():
        raise InputError(f"{str(place)!r} holds no report", HINT)
    document = read_document(state / "report.json")
    return Stored(place.resolve().name, document, read_journal(state / "journal.jsonl"), read_beside(place))


def read_document(place: Path) -> Mapping[str, Any]:
    """Return a `--json` document; raises InputError where the file holds something else."""
    data = _read_json(place)
    try:
        require(data, DOCUMENT, "the document")
    except InputError as error:
        raise InputError(f"{str(place)!r} is not a report of p2c: {error.message}", HINT) from error
    return dict(data)


def read_journal(place: Path) -> tuple[Event, ...]:
    """Return the events of a journal. A line that a kill cut is passed over; raises InputError where the file holds
    something else."""
    if not place.is_file():
        return ()
    rows = [row for row in _text(place).split("\n") if row.strip()]
    events = []
    for number, row in enumerate(rows, 1):
        try:
            data = json.loads(row)
        except (ValueError, RecursionError):
            continue
        try:
            require(data, EVENT, "the event")
        except InputError as error:
            raise InputError(f"{str(place)!r}, line {number}, is not of a journal of p2c: {error.message}") from error
        events.append(Event(data.pop("event"), data.pop("time"), data))
    if rows and not events:
        raise InputError(f"{str(place)!r} is not a journal of p2c: no line of it is an event")
    return tuple(events)


def read_beside(root: Path) -> Beside:
    """Return what stands beside the report in a folder; what is damaged is left out and noted, as the report goes
    without it."""
    notes: list[str] = []
    plan, place = None, root / STATE / "plan.json"
    if place.is_file():
        try:
            plan = _read_json(place)
            require(plan, PLAN, "the plan")
        except InputError as error:
            notes.append(f"The plan is left out: {error.message}")
            plan = None
    uses = uses_of_plan(plan) if plan is not None else uses_of_repo(read(root))
    score = _read_score(root, notes)
    return Beside(plan, uses, _read_states(root), tuple(notes), score)


def _read_score(root: Path, notes: list[str]) -> Mapping[str, Any] | None:
    place = root / STATE / "score.json"
    if not place.is_file():
        return None
    try:
        score = _read_json(place)
        require(score, SCORE, "the score")
    except InputError as error:
        notes.append(f"The score is left out: {error.message}")
        return None
    return dict(score)


def _read_states(root: Path) -> Mapping[str, Checks]:
    from p2c.executor.report import from_data

    states: dict[str, Checks] = {}
    for place in sorted((root / STATE / "reports").glob("*.json")):
        try:
            checks = _read_json(place)["checks"]
            require(checks, CHECKS, "checks")
            states[from_data(checks).fingerprint] = checks
        except (InputError, KeyError, TypeError):
            continue  # one state less to compare with
    return states


def _read_json(place: Path) -> Any:
    try:
        return json.loads(_text(place))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{str(place)!r} is not JSON: {error}", HINT) from error


def _text(place: Path) -> str:
    try:
        if place.stat().st_size > MOST_BYTES:
            raise InputError(f"{str(place)!r} is larger than {MOST_BYTES:,} bytes, so it is not read")
        return place.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise InputError(f"{str(place)!r} cannot be read: {error.strerror or error}") from error

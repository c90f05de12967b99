"""What a folder keeps of its runs, read with the mistrust that files deserve: report, journal, plan, single states."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from p2c.errors import InputError
from p2c.formatting import STATES
from p2c.journal import Event, read_events
from p2c.reports.file_dependencies import Uses, uses_of_plan, uses_of_repo
from p2c.reports.json_shape import CHECKS, DOCUMENT, DRAFT, PLAN, SCORE, Shape, require
from p2c.reports.staleness import stand
from p2c.repository_files import read
from p2c.state_folder import StateFolder, is_at_work, locate, read_file

Checks = Sequence[Mapping[str, Any]]
HINT = "Give the folder of a p2c build or repair, or a file that --json wrote."
MOST_BYTES = 200_000_000
MOVED = "The folder was moved or copied since p2c wrote this report."
NOT_OURS = "This report was not written by your p2c in this folder"


@dataclass(frozen=True)
class RelatedFiles:
    """What stands beside a report: the plan where there is one, which file uses which, and the checks of the states
    that were tried, by the report's fingerprint. `notes` say what could not be read."""

    plan: Mapping[str, Any] | None = None
    uses: Uses = field(default_factory=dict)
    states: Mapping[str, Checks] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    score: Mapping[str, Any] | None = None
    """What `p2c score` left."""


@dataclass(frozen=True)
class StoredReport:
    """A report with everything that was found beside it; `name` says where it is from."""

    name: str
    document: Mapping[str, Any]
    events: tuple[Event, ...] = ()
    beside: RelatedFiles = field(default_factory=RelatedFiles)
    ours: bool = True
    """False for one that came with a folder: `document` then gives no verdict."""


def read_stored(place: Path) -> StoredReport:
    """Return what a folder, or a single file with a `--json` document, tells; raises InputError with the spot that
    is foreign or damaged."""
    known = locate(place)
    if known is not None and known[1] == "report.json" and known[0].root.is_dir():
        place = known[0].root  # it is of that folder, and says nothing of what has become of it
    if place.is_file():
        written, ours = read_document(place), locate(place) is None or read_file(place) is not None
        return StoredReport(place.name, written if ours else unverified(written), ours=ours)
    if not place.is_dir():
        raise InputError(f"{str(place)!r} is neither a folder nor a file", HINT)
    state = StateFolder(place)
    at_work = is_at_work(place)  # before the journal is read: who ends meanwhile has said so in it
    events = tuple(read_events(state.path / "journal.jsonl"))
    entry = state.look("report.json")
    document = parse_document(entry.data, state.path / "report.json") if entry is not None else None
    name = place.resolve().name
    if entry is not None and document is not None and not entry.ours:
        return StoredReport(name, unverified(document), beside=RelatedFiles(uses=uses_of_repo(read(place))), ours=False)
    shown = stand(document, events, place, at_work)
    if shown is None:
        raise InputError(f"{str(place)!r} contains no report", HINT)
    return StoredReport(name, shown, events, read_beside(place))


def foreign(places: Sequence[Path]) -> list[str]:
    """Return a sentence for each folder whose report came with it, or was made in another one."""
    sentences = []
    for place in places:
        state = StateFolder(place)
        entry = state.look("report.json") if place.is_dir() else None
        if entry is not None and not entry.ours:
            sentences.append(f"{place}: {NOT_OURS[:1].lower()}{NOT_OURS[1:]}, so it is shown as unverified.")
        elif entry is not None and state.is_moved:
            sentences.append(f"{place}: {MOVED[:1].lower()}{MOVED[1:]}")
    return sentences


def unverified(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a document that came with a folder as what it is: somebody's word, and no verdict of this p2c's."""
    verdict_line = f"{document['verdict']}: {document['why']}"
    return {**document, "verdict": "unverified", "why": f"{NOT_OURS}, so it is not verified. It says: {verdict_line}"}


def read_document(place: Path) -> Mapping[str, Any]:
    """Return a `--json` document from a file that a person named; raises InputError where it holds something else."""
    try:
        if place.stat().st_size > MOST_BYTES:
            raise InputError(f"{str(place)!r} is larger than {MOST_BYTES:,} bytes, so it is not read")
        return parse_document(place.read_bytes(), place)
    except OSError as error:
        raise InputError(f"{str(place)!r} cannot be read: {error.strerror or error}") from error


def parse_document(text: bytes, place: Path) -> Mapping[str, Any]:
    """Return the `--json` document that a file holds; raises InputError for anything else."""
    data = _parsed(text, place)
    try:
        is_draft = isinstance(data, dict) and data.get("verdict") is None and data.get("state") in tuple(STATES)
        require(data, DRAFT if is_draft else DOCUMENT, "the document")
    except InputError as error:
        raise InputError(f"{str(place)!r} is not a p2c report: {error.message}", HINT) from error
    return dict(data)


def read_beside(root: Path) -> RelatedFiles:
    """Return what stands beside the report in a folder; what is damaged is left out and noted, as the report goes
    without it."""
    notes = [MOVED] if StateFolder(root).is_moved else []
    plan = _read_part(root, "plan", PLAN, notes)
    uses = uses_of_plan(plan) if plan is not None else uses_of_repo(read(root))
    score = _read_part(root, "score", SCORE, notes)
    return RelatedFiles(plan, uses, _read_states(root), tuple(notes), score)


def _read_part(root: Path, name: str, shape: Shape, notes: list[str]) -> Mapping[str, Any] | None:
    place = StateFolder(root).path / f"{name}.json"
    entry = StateFolder(root).look(place.name)
    if entry is None:
        return None
    try:
        if not entry.ours:
            raise InputError(f"{str(place)!r} was not written by your p2c in this folder")
        data = _parsed(entry.data, place)
        require(data, shape, f"the {name}")
    except InputError as error:
        notes.append(f"The {name} is not shown: {error.message}")
        return None
    return dict(data)


def _read_states(root: Path) -> Mapping[str, Checks]:
    from p2c.executor.report import from_data

    states: dict[str, Checks] = {}
    state = StateFolder(root)
    for name in state.names("reports"):
        try:
            checks = _parsed(state.read(name) or b"", state.path / name)["checks"]
            require(checks, CHECKS, "checks")
            states[from_data(checks).fingerprint] = checks
        except (InputError, KeyError, TypeError):
            continue  # one state less to compare with
    return states


def _parsed(text: bytes, place: Path) -> Any:
    try:
        return json.loads(text.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{str(place)!r} is not JSON: {error}", HINT) from error

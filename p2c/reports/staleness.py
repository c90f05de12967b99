"""Whether a stored verdict is that of what lies in its folder now; where it is not, that is what a report says first.

A verdict is one of a state (`origin`). It is not shown as the present one where the last run came to no verdict
(interrupted, killed, unavailable, failed, or still at work), or where the files are others than those judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from p2c.errors import P2CError
from p2c.formatting import STATES, plural, sentences
from p2c.git import folder_status
from p2c.journal import Event
from p2c.reports.outcome import EXIT_CODES
from p2c.reports.unfinished_run import draft, last_run, progress
from p2c.reports.verdict_origin import VerdictOrigin, moment, read_origin, state_of
from p2c.repository_files import read
from p2c.safe_text import one_line

Document = Mapping[str, Any]
REFUSED = frozenset({"usage", "input"})
"""How a run ends that p2c would not begin: it changed nothing, so what was judged before it stands."""
_REFUSAL = ("run.started", "run.ended")
_ENDINGS: Mapping[str, str] = {"interrupted": "interrupted", "unavailable": "unavailable"}
_LAST = ("verdict", "why", "commit", "tree", "clean", "date", "version")
JUDGED = "judged"
MOST_CHANGED = 3


@dataclass(frozen=True)
class FolderState:
    """What lies in a folder now; `tree` is '' where it cannot be read."""

    git: folder_status.GitStatus
    tree: str

    @property
    def origin(self) -> VerdictOrigin:
        """The same, as what a verdict may be of."""
        return VerdictOrigin(self.git.commit, self.tree, self.git.clean)


def present(root: Path) -> FolderState:
    """Read what lies in `root`."""
    try:
        tree = read(root).digest
    except (P2CError, OSError):
        tree = ""
    return FolderState(folder_status.read_status(root), tree)


def stand(document: Document | None, events: Sequence[Event], root: Path, at_work: bool) -> dict[str, Any] | None:
    """Return the document as it is to be shown: with `state`, and without a verdict that is not of what lies in `root`.

    `document` is that of the last run that was judged; `at_work` says that a p2c holds the folder. What was judged
    stands under `last`, what is there under `now`, how far the last run came under `unfinished`. None where there is
    neither a document nor a journal.
    """
    events = _begun(events)
    if document is None and not any(event.name == "run.started" for event in events):
        return None
    if document is None or not _is_of_last_run(document, events):
        if _ending(last_run(events)) not in EXIT_CODES or _ending(last_run(events)) == "unavailable":
            return _without_verdict(document, events, root, at_work)
        document = _from_journal(events, root)
    now = present(root)
    if read_origin(document).tree in ("", now.tree):
        return _judged(document, events, now)
    shown = {**_labelled(document, "changed", now), "verdict": "unverified"}
    return {**shown, "why": _changed(document, now)}


def _begun(events: Sequence[Event]) -> Sequence[Event]:
    """The events without those of runs at the end that were refused before they began."""
    while events:
        own = last_run(events)
        if own[0].name != "run.started" or _ending(own) not in REFUSED or len(own) > len(_REFUSAL):
            break
        events = events[: len(events) - len(own)]
    return events


def _ending(events: Sequence[Event]) -> str:
    return next((str(event.data.get("verdict", "")) for event in reversed(events) if event.name == "run.ended"), "")


def _is_of_last_run(document: Document, events: Sequence[Event]) -> bool:
    own = last_run(events)
    if not own or own[0].name != "run.started":
        return True
    try:
        began = datetime.fromisoformat(own[0].time)
    except ValueError:
        return True
    try:
        return datetime.fromisoformat(str(document.get("date"))) >= began
    except (ValueError, TypeError):
        return _ending(own) == str(document["verdict"])  # from before documents were dated


def _from_journal(events: Sequence[Event], root: Path) -> dict[str, Any]:
    """What the journal keeps of a last run that was judged, where its report is gone."""
    ended = next(event.data for event in reversed(events) if event.name == "run.ended")
    shown = draft(events, root.resolve().name)
    return {**shown, **{key: ended[key] for key in _LAST if key in ended}, "why": str(ended.get("why") or "")}


def _judged(document: Document, events: Sequence[Event], now: FolderState) -> dict[str, Any]:
    shown = {**document, "state": JUDGED}
    if now.git.commit and now.git.commit != document.get("commit"):
        shown["now"] = _now(now)
    before = _judged_before(events) if document["verdict"] == "budget" else None
    if before is not None:
        why = f"the verdict before that, for {state_of(read_origin(before))}: {before.get('verdict')}"
        shown |= {"last": before, "why": sentences(str(document["why"]), _capital(why))}
    return shown


def _judged_before(events: Sequence[Event]) -> dict[str, Any] | None:
    """What the journal says of the last verdict before the last run."""
    earlier = events[: len(events) - len(last_run(events))]
    ended = [event.data for event in earlier if event.name == "run.ended" and event.data.get("verdict") in EXIT_CODES]
    verdicts = [data for data in ended if data.get("verdict") not in ("budget", "unavailable")]
    return {key: verdicts[-1].get(key) for key in _LAST} if verdicts else None


def _without_verdict(document: Document | None, events: Sequence[Event], root: Path, at_work: bool) -> dict[str, Any]:
    """What is known of a last run that came to no verdict."""
    own = last_run(events)
    ending = _ending(own)
    state = _ENDINGS.get(ending, "failed" if ending else "running" if at_work else "killed")
    now = present(root)
    shown = _labelled(document, state, now) if document is not None else draft(events, root.resolve().name)
    shown |= {"state": state, "now": _now(now), "unfinished": progress(events)}
    shown["verdict"] = "unavailable" if state == "unavailable" else None
    return {**shown, "why": _why(state, own, document, now)}


def _why(state: str, own: Sequence[Event], document: Document | None, now: FolderState) -> str:
    error = next((str(event.data.get("why") or "") for event in reversed(own) if event.name == "run.ended"), "")
    what = _words(state)
    if state == "running":
        what = f"a {own[0].data.get('command') or 'run'} is running (as of {moment(own[-1].time) or own[-1].time})"
    below = "there is no verdict yet"
    if document is not None:
        changed = read_origin(document).tree not in ("", now.tree)
        below = f"the verdict below is an earlier one, for {state_of(read_origin(document))}"
        below += "; the files have changed since" if changed else ""
    sentence = f"{what}; {below}"
    return sentences(sentence, _capital(error)) if state in ("unavailable", "failed") else sentence


def _words(state: str) -> str:
    words = STATES[state].split(":")[0]
    return words[:1].lower() + words[1:]


def _changed(document: Document, now: FolderState) -> str:
    """Say of what the verdict is, and what is there instead."""
    of, then = read_origin(document), moment(str(document.get("date") or ""))
    below = f"the verdict below is for {state_of(of)}" + (f" ({then})" if then else "")
    if document.get("applied") is False and document.get("diff"):
        return f"{below}, with p2c's diff applied; the files here are different"
    if not now.tree:
        return f"{below}; the files here cannot be read"
    if now.git.commit and now.git.commit != of.commit:
        return f"{below}; the folder now holds {state_of(now.origin)}"
    names = [line[3:] for line in now.git.changed]
    more = f" and {plural(len(names) - MOST_CHANGED, 'more file')}" if len(names) > MOST_CHANGED else ""
    what = f": {', '.join(one_line(name, 80) for name in names[:MOST_CHANGED])}{more}" if names else ""
    return f"{below}; the files here differ from it{what}"


def _labelled(document: Document, state: str, now: FolderState) -> dict[str, Any]:
    return {**document, "state": state, "last": {key: document.get(key) for key in _LAST}, "now": _now(now)}


def _now(now: FolderState) -> dict[str, Any]:
    return {"commit": now.git.commit or None, "tree": now.tree or None, "clean": now.git.clean}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

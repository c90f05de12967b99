"""What happened, in order: one JSON line an event, told to whoever listens."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from p2c.redaction import redact_data
from p2c.state_folder import append_line, locate, read_lines

Listener = Callable[["Event"], None]


@dataclass(frozen=True)
class Event:
    """One thing that happened: `name` is `noun.past`, `data` is JSON-able."""

    name: str
    time: str
    data: dict[str, Any]
    passing: bool = False
    """It is for who looks on now, and kept nowhere."""


class Journal:
    """Appends events to a file (where there is one) and hands each to every listener; in `.p2c/` it is state."""

    def __init__(self, path: Path | None = None, listeners: tuple[Listener, ...] = ()) -> None:
        self.path = path
        self.listeners = list(listeners)
        self._lock = threading.Lock()
        if path is not None and locate(path) is None:
            path.parent.mkdir(parents=True, exist_ok=True)

    def note(self, name: str, /, **data: Any) -> None:
        """Record an event now."""
        data = redact_data(data)
        event = Event(name, datetime.now(UTC).isoformat(timespec="milliseconds"), data)
        line = json.dumps({"event": event.name, "time": event.time, **data}, ensure_ascii=False, default=str)
        with self._lock:
            if self.path is not None:
                append_line(self.path, line)
            for listen in self.listeners:
                listen(event)

    def show(self, name: str, /, **data: Any) -> None:
        """Tell whoever looks on how far something has come; nothing is written."""
        event = Event(name, datetime.now(UTC).isoformat(timespec="milliseconds"), redact_data(data), passing=True)
        with self._lock:
            for listen in self.listeners:
                listen(event)


def read_events(path: Path) -> Iterator[Event]:
    """Yield the events of a journal file; a line that a kill cut, or that is none of ours, is passed over."""
    for line in read_lines(path):
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(data, dict):
            yield Event(str(data.pop("event", "")), str(data.pop("time", "")), data)

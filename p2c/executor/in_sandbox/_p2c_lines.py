"""Write down which lines of the repository's files a Python program executes, each once for every process.

Lies as `sitecustomize.py` in a folder of its own on PYTHONPATH, so that Python programs which a program starts tell of
theirs too. Each line is appended at once to the file P2C_LINES as `path:line`: however a process ends, nothing is lost.
What is written there can be forged by the program; p2c takes it as a hint and decides no verdict by it.
"""

# contextlib would be loaded before the program loads it.
# ruff: noqa: SIM105

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

MOST = 200_000
"""Lines that one process tells of."""


class LineTrace:
    """The lines that this process has told of; forked children go on from what their parent had told."""

    def __init__(self, place: str, root: str) -> None:
        self.root = os.path.realpath(root) + os.sep
        self.seen: set[tuple[str, int]] = set()
        self.known: dict[str, str] = {}
        self.write, self.join, self.real = os.write, os.path.join, os.path.realpath
        self.tell = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def path_of(self, name: str) -> str:
        """Return a file's path relative to the repository, or "" for one that lies elsewhere."""
        path = self.known.get(name)
        if path is None:
            place = "" if name.startswith("<") else self.real(name)
            path = place[len(self.root) :] if place.startswith(self.root) else ""
            self.known[name] = path
        return path

    def note(self, path: str, line: int) -> None:
        """Tell of a line, the first time that it is executed."""
        if (path, line) in self.seen or len(self.seen) >= MOST:
            return
        self.seen.add((path, line))
        try:
            self.write(self.tell, f"{path}:{line}\n".encode("utf-8", "surrogateescape"))
        except OSError:
            pass  # the program closed every descriptor: it is not traced any further

    def monitor(self, monitoring: Any) -> bool:
        """Use `sys.monitoring` (3.12 and later), where each place is heard of once and costs nothing afterwards."""
        free = [number for number in range(6) if monitoring.get_tool(number) is None]
        if not free:
            return False

        def on_line(code: CodeType, line: int) -> Any:
            path = self.path_of(code.co_filename)
            if path:
                self.note(path, line)
            return monitoring.DISABLE

        monitoring.use_tool_id(free[-1], "p2c")
        monitoring.register_callback(free[-1], monitoring.events.LINE, on_line)
        monitoring.set_events(free[-1], monitoring.events.LINE)
        return True

    def trace(self) -> None:
        """Use the trace function of this thread and of all that begin later."""
        import threading

        threading.settrace(self.called)
        sys.settrace(self.called)

    def called(self, frame: FrameType, event: str, _: Any) -> Any:
        """Follow a call into the repository's own code."""
        path = self.path_of(frame.f_code.co_filename)
        if not path:
            return None

        def follow(inner: FrameType, event: str, _: Any) -> Any:
            if event == "line":
                self.note(path, inner.f_lineno)
            return follow

        return follow


def begin(place: str, root: str) -> None:
    """Write down the lines of this process from here on."""
    lines = LineTrace(place, root)
    monitoring = getattr(sys, "monitoring", None)
    if monitoring is None or not lines.monitor(monitoring):
        lines.trace()


if __name__ == "sitecustomize" and os.environ.get("P2C_LINES"):
    begin(os.environ["P2C_LINES"], os.environ.get("P2C_ROOT", ""))

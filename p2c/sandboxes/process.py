"""Following one started process: output, time-out, limits, and its end."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from p2c.sandboxes.process_spawning import Child
from p2c.sandboxes.running_command import Transcript

TICK = 0.05
"""Seconds between two looks at the limits; a limit may be passed by that much."""
GRACE = 5.0
"""Seconds for what was killed to be gone and for its output to end; none of it is waited for any longer."""
CHUNK = 1 << 18

Stopped = Literal["", "time", "memory", "disk"]


@dataclass
class RunningProcess:
    """A process while it runs; `status` is what it wrote to its status pipe."""

    process: Child
    transcript: Transcript
    kill: Callable[[], None]
    watch: Callable[[], Stopped] = lambda: ""
    status_fd: int | None = None
    on_status: Callable[[bytes], None] = lambda _: None

    def follow(self) -> None:
        """Read until the process and its output have ended; whatever goes wrong here kills it."""
        with selectors.DefaultSelector() as selector:
            try:
                self._register(selector)
                self._loop(selector)
            finally:
                self._end(selector)

    def _register(self, selector: selectors.BaseSelector) -> None:
        for stream, name in ((self.process.stdout, "stdout"), (self.process.stderr, "stderr")):
            selector.register(stream.fileno(), selectors.EVENT_READ, name)
        if self.status_fd is not None:
            selector.register(self.status_fd, selectors.EVENT_READ, "status")

    def _loop(self, selector: selectors.BaseSelector) -> None:
        give_up: float | None = None
        while True:
            self._read(selector)
            now = time.monotonic()
            ended = self.process.poll() is not None
            if ended and (not selector.get_map() or (give_up is not None and now > give_up)):
                return
            if not self.transcript.stopped and not ended:
                self.transcript.stopped = self.watch() if self.transcript.left() else "time"
            if give_up is None and (self.transcript.stopped or ended):
                # What the process left behind may hold the pipes open: end that too, and wait for it only so long.
                self.kill()
                give_up = now + GRACE
            if give_up is not None and now > give_up and not ended:
                return

    def _read(self, selector: selectors.BaseSelector) -> None:
        wait = TICK if self.transcript.stopped else min(TICK, self.transcript.left())
        if not selector.get_map():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(max(wait, 0.001))
            return
        for key, _ in selector.select(wait):
            data = os.read(key.fd, CHUNK)
            if not data:
                selector.unregister(key.fd)
            if key.data == "status":
                self.on_status(data)
            else:
                self.transcript.take(key.data, data, final=not data)

    def _end(self, selector: selectors.BaseSelector) -> None:
        self.kill()
        selector.close()
        with contextlib.suppress(subprocess.TimeoutExpired):  # the caller looks at what is left
            self.process.wait(GRACE)
        for stream in (self.process.stdout, self.process.stderr):
            stream.close()

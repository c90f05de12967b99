"""Following one started process: output, time-out, limits, and its end."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from p2c.sandboxes.base import Command, ExecResult, OnOutput
from p2c.sandboxes.output import Stream
from p2c.sandboxes.spawning import Child

TICK = 0.05
GRACE = 5.0
CHUNK = 1 << 18

Stopped = Literal["", "time", "memory", "disk"]


@dataclass
class Followed:
    """A process while it runs and how it ended; `status` is what it wrote to its status pipe."""

    process: Child
    command: Command
    kill: Callable[[], None]
    watch: Callable[[], Stopped] = lambda: ""
    on_output: OnOutput | None = None
    status_fd: int | None = None
    on_status: Callable[[bytes], None] = lambda _: None
    stopped: Stopped = ""
    started: float = field(default_factory=time.monotonic)
    out: Stream = field(default_factory=Stream)
    err: Stream = field(default_factory=Stream)

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
            if not self.stopped and not ended:
                self.stopped = "time" if now - self.started >= self.command.timeout else self.watch()
            if give_up is None and (self.stopped or ended):
                # What the process left behind may hold the pipes open: end that too, and wait for it only so long.
                self.kill()
                give_up = now + GRACE
            if give_up is not None and now > give_up and not ended:
                return

    def _read(self, selector: selectors.BaseSelector) -> None:
        left = self.started + self.command.timeout - time.monotonic()
        wait = max(0.0, min(TICK, left)) if not self.stopped else TICK
        if not selector.get_map():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(max(wait, 0.001))
            return
        for key, _ in selector.select(wait):
            data = os.read(key.fd, CHUNK)
            if not data:
                selector.unregister(key.fd)
            self._take(key.data, data)

    def _take(self, name: str, data: bytes) -> None:
        if name == "status":
            self.on_status(data)
            return
        text = (self.out if name == "stdout" else self.err).feed(data, final=not data)
        if text and self.on_output is not None:
            self.on_output("stdout" if name == "stdout" else "stderr", text)

    def _end(self, selector: selectors.BaseSelector) -> None:
        self.kill()
        selector.close()
        with contextlib.suppress(subprocess.TimeoutExpired):  # the caller looks at what is left
            self.process.wait(GRACE)
        for stream in (self.process.stdout, self.process.stderr):
            stream.close()

    def result(self, exit_code: int | None, oom_killed: bool, note: str = "") -> ExecResult:
        """Return how it ended; where p2c ended it, there is no exit code and `note` says why."""
        stderr = self.err.text()
        if note:
            stderr += ("\n" if stderr and not stderr.endswith("\n") else "") + f"[p2c: {note}]\n"
        return ExecResult(
            command=self.command,
            exit_code=None if self.stopped or oom_killed else exit_code,
            stdout=self.out.text(),
            stderr=stderr,
            seconds=time.monotonic() - self.started,
            timed_out=self.stopped == "time",
            oom_killed=oom_killed,
            truncated=self.out.truncated or self.err.truncated,
        )

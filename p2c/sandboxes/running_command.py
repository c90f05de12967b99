"""A command while it runs, the same in every sandbox: deadline, output within limits, why it was ended, its result."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from p2c.sandboxes.base import Command, ExecResult, OnOutput
from p2c.sandboxes.output_capture import OutputBuffer


def passed(limit: int, what: str) -> str:
    """Return how a limit that was passed is told; `what` is "of memory" or "on disk"."""
    return f"more than {limit} bytes {what}"


@dataclass
class Transcript:
    """What is known of a command so far; `stopped` says why p2c ended it, in one word ("time" is its time-out)."""

    command: Command
    on_output: OnOutput | None = None
    stopped: str = ""
    started: float = field(default_factory=time.monotonic)
    out: OutputBuffer = field(default_factory=OutputBuffer)
    err: OutputBuffer = field(default_factory=OutputBuffer)

    def left(self) -> float:
        """Return the seconds that it still has."""
        return max(0.0, self.started + self.command.timeout - time.monotonic())

    def take(self, name: str, data: bytes, final: bool = False) -> None:
        """Keep what came on a stream, and hand it on; errors of the listener pass through."""
        text = (self.out if name == "stdout" else self.err).feed(data, final)
        if text and self.on_output is not None:
            self.on_output("stdout" if name == "stdout" else "stderr", text)

    def finish(self) -> None:
        """Nothing more comes."""
        for name in ("stdout", "stderr"):
            self.take(name, b"", final=True)

    def result(self, exit_code: int | None, note: str = "", oom_killed: bool = False) -> ExecResult:
        """Return how it ended; where p2c ended it, there is no exit code and `note` says what was passed."""
        stderr = self.err.text()
        if note:
            stderr += ("\n" if stderr and not stderr.endswith("\n") else "") + f"[p2c: killed: {note}]\n"
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

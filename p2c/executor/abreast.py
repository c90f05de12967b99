"""Run several programs side by side, each in a session of its own, and say how each ended.

Standard library only, for Python 3.8 and later; copied into the sandbox.

    python abreast.py JOBS OUT

JOBS is a JSON file: `most` (programs at once; never more than there are cores), `jobs` (each with `argv`, `env` and
`seconds`). OUT becomes a list, in the order of the jobs: `exit_code`, `timed_out`, `seconds`, `stdout`, `stderr`.
"""

# pathlib would load more of the standard library than this needs.
# ruff: noqa: PTH123

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

KEPT = 100_000
"""Bytes of each stream's end that are kept."""
PAUSE = 0.005


class Job:
    """One program that was started."""

    def __init__(self, argv: list[str], env: dict[str, str], seconds: float) -> None:
        self.out, self.err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - open until it ended
        self.start = time.monotonic()
        self.seconds = seconds
        self.timed_out = False
        self.process = subprocess.Popen(
            argv,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=self.out,
            stderr=self.err,
            start_new_session=True,
        )

    def has_ended(self) -> bool:
        """Look whether it ended, and end it where its time is over."""
        if self.process.poll() is None and time.monotonic() - self.start > self.seconds:
            self.timed_out = True
            self.end_all()
            self.process.wait()
        return self.process.poll() is not None

    def end_all(self) -> None:
        """Kill whatever is left of it."""
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def result(self) -> dict[str, Any]:
        """Say how it ended."""
        self.end_all()
        return {
            "exit_code": None if self.timed_out else self.process.returncode,
            "timed_out": self.timed_out,
            "seconds": time.monotonic() - self.start,
            "stdout": tail(self.out),
            "stderr": tail(self.err),
        }


def tail(stream: IO[bytes]) -> str:
    """Return the end of what was printed."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - KEPT))
    text = stream.read(KEPT).decode("utf-8", "replace")
    stream.close()
    return text


def run_all(jobs: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """Run them in order, so many at once."""
    ended: dict[int, dict[str, Any]] = {}
    running: dict[int, Job] = {}
    waiting = list(range(len(jobs)))
    while waiting or running:
        while waiting and len(running) < most:
            number = waiting.pop(0)
            running[number] = Job(jobs[number]["argv"], jobs[number]["env"], jobs[number]["seconds"])
        for number in [number for number, job in running.items() if job.has_ended()]:
            ended[number] = running.pop(number).result()
        time.sleep(PAUSE)
    return [ended[number] for number in range(len(jobs))]


def main() -> None:
    """Read the jobs, run them, write how they ended."""
    jobs, out = sys.argv[1:3]
    with open(jobs, encoding="utf-8") as stream:
        asked = json.load(stream)
    ended = run_all(asked["jobs"], max(1, min(asked["most"], len(os.sched_getaffinity(0)))))
    with open(out, "w", encoding="utf-8", errors="backslashreplace") as stream:
        json.dump(ended, stream)


if __name__ == "__main__":
    main()

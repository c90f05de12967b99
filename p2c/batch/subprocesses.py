"""One p2c in a process of its own: it ends with us, on time, and leaves nobody behind."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from p2c import host_processes
from p2c.state_folder import open_log

EXEC_WITH_PARENT = Path(__file__).with_name("exec_with_parent.py")
GRACE = 15.0
"""Seconds that a p2c has to close its sandbox after it was told to end."""
LOOK = 0.1


@dataclass(frozen=True)
class ProcessResult:
    """How a process ended: `exit` is negative for a signal; `stopped` says that we told it to."""

    exit: int
    stdout: str
    stopped: bool = False


@dataclass(frozen=True)
class SubprocessTerms:
    """How a process is run: what it says to people goes to `log`; it is told to end after `seconds` or on `stop`.

    `folder` is its working directory: one of p2c's own, in which nothing lies.
    """

    log: Path
    environ: Mapping[str, str]
    seconds: float | None = None
    stop: Callable[[], bool] = lambda: False
    folder: Path = Path(host_processes.WORKING_DIRECTORY)


def run_p2c(words: Sequence[str], terms: SubprocessTerms) -> ProcessResult:
    """Run `p2c WORDS` with this Python and return its end; where this is interrupted, so is the process."""
    wrapper = host_processes.python("-S", "-E", str(EXEC_WITH_PARENT), str(os.getpid()))
    with tempfile.TemporaryFile() as stdout, open_log(terms.log) as log:
        child = host_processes.start(
            [*wrapper, *host_processes.python("-m", "p2c", *words)],
            cwd=terms.folder,
            stdout=stdout,
            stderr=log,
            env=host_processes.whole_environment(terms.environ),
            start_new_session=True,
        )
        try:
            stopped = _follow(child, terms)
        finally:
            _end(child)
        stdout.seek(0)
        return ProcessResult(child.returncode, stdout.read().decode("utf-8", "replace"), stopped)


def _follow(child: subprocess.Popen[bytes], terms: SubprocessTerms) -> bool:
    until = None if terms.seconds is None else time.monotonic() + terms.seconds
    while True:
        try:
            child.wait(LOOK)
            return False
        except subprocess.TimeoutExpired:
            if terms.stop() or (until is not None and time.monotonic() > until):
                return True


def _end(child: subprocess.Popen[bytes]) -> None:
    """Let a p2c that is still there close its sandbox; then its process group ends, whoever is in it."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # nobody is left, or nobody of ours

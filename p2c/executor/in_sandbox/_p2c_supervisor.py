"""Run programs for the harness and say how each ended, in a form that the programs cannot forge.

Started by a trusted interpreter, before anything of the repository: `python -I -S _p2c_supervisor.py ORDER`.

ORDER is a JSON file, removed before a program starts: `key` (hex), `out`, `clean` (a folder to be emptied, or ""),
`most` (programs at once), `processes` (the source of `_p2c_processes.py`), `sources` (name -> Python source), `jobs`.
A job has `argv` (a Python with its options, or a whole command line), `entry` (the sources that this Python runs
instead of a file, the last with a `main`; empty for a plain command), `words` (for that `main`), `env`, `folder`,
`seconds` and `inherit` (its output is this process's own).

Why a program cannot write its own verdict. `out` gets the answers with a message authentication code under `key`; key
and name are known to this process alone, whose memory and descriptors are closed to others (PR_SET_DUMPABLE). The
sources reach a program's interpreter through a pipe: no file, no module, no entry of sys.path. That the code came to
its end is shown by a token, given through that pipe and written back by the interpreter's own shutdown: `os._exit`,
`execv` and signals leave without it. Code that searches its own process's memory for the token is not kept from it.
"""

# pathlib and contextlib would load more of the standard library than this needs.
# ruff: noqa: PTH108, PTH123, SIM105, SIM115

from __future__ import annotations

import hashlib
import hmac
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

    from p2c.executor.in_sandbox._p2c_processes import (
        command_line,
        descendants,
        empty,
        listening,
        shut_in,
        used_time,
        waiting_time,
    )

KEPT = 100_000
"""Bytes of each captured stream's end that are kept."""
DUMP = 200_000
"""Bytes of a dumped stack that are kept."""
RECORD = 8_000_000
"""Bytes of what a program's recorder wrote that are read; more is no record."""
PAUSE = 0.005
GRACE = 2.0
"""Seconds that processes which a program left behind have to end by themselves: pools and trackers take a moment."""
BUSY = 0.5
"""A program one of whose threads waited for a processor for more than this share of its time, and that had one for
less, was kept waiting by the machine. Measured: 57 s of work took 148 s at a load of 10 on two cores."""
HELPERS = ("resource_tracker", "semaphore_tracker", "forkserver", "loky", "torch_shm_manager", "ray::", "raylet")
"""Processes of libraries that outlive a program for a moment and do nothing of its work."""

BOOT = """
import posix, sys
sys.path[:] = [place for place in sys.path if place]
def read(fd):
    data = b""
    while True:
        part = posix.read(fd, 65536)
        if not part:
            posix.close(fd)
            return data
        data += part
def boot(order):
    space = {"__builtins__": __builtins__, "__name__": "_p2c"}
    for name, source in order.pop("sources"):
        exec(compile(source, "<p2c " + name + ">", "exec", dont_inherit=True), space)
    space["main"](order)
boot(eval(read(int(sys.argv[1])).decode()))
"""


class StartedProgram:
    """One program that was started."""

    def __init__(self, job: dict[str, Any], sources: dict[str, str]) -> None:
        self.job = job
        self.token = os.urandom(24).hex() if job["entry"] else ""
        self.out: IO[bytes] | None = None if job["inherit"] else tempfile.TemporaryFile()
        self.err: IO[bytes] | None = None if job["inherit"] else tempfile.TemporaryFile()
        self.files = {name: tempfile.TemporaryFile() for name in ("tell", "late", "crash")}
        self.cpu = 0.0
        self.timed_out = self.busy = False
        self.listens: list[int] = []
        self.limit = job["seconds"]
        self.start = time.monotonic()
        self.process = self.spawn(sources)

    def spawn(self, sources: dict[str, str]) -> subprocess.Popen[bytes] | None:
        """Start it; None where that cannot be done."""
        argv, passed = list(self.job["argv"]), {name: os.dup(file.fileno()) for name, file in self.files.items()}
        give, given = os.pipe()
        if self.job["entry"]:
            argv += ["-c", BOOT, str(give)]
        try:
            return subprocess.Popen(
                argv,
                cwd=self.job["folder"],
                env={**os.environ, **self.job["env"]},
                stdin=subprocess.DEVNULL,
                stdout=self.out,
                stderr=self.err,
                start_new_session=True,
                pass_fds=(give, *passed.values()) if self.job["entry"] else (),
            )
        except OSError as error:
            self.failed = f"{argv[0]}: {error.strerror}\n".encode()
            return None
        finally:
            os.close(give)
            for descriptor in passed.values():
                os.close(descriptor)
            order = {
                "sources": [(name, sources[name]) for name in self.job["entry"]],
                "token": self.token.encode(),
                "words": self.job["words"],
                **passed,
            }
            self.hand_over(given, repr(order).encode() if self.job["entry"] else b"")

    def hand_over(self, given: int, data: bytes) -> None:
        """Write what the interpreter reads first; one that does not read it has ended, or is ended in time."""
        os.set_blocking(given, False)
        until = self.start + self.job["seconds"]
        try:
            while data and time.monotonic() < until:
                if select.select([], [given], [], 0.1)[1]:
                    data = data[os.write(given, data) :]
        except OSError:
            pass
        os.close(given)

    def has_ended(self) -> bool:
        """Look whether it ended, and end it where its time is over."""
        if self.process is None or self.process.returncode is not None:
            return True
        if time.monotonic() - self.start > self.limit:
            self.judge_time()
        return self.reap(0 if self.timed_out else os.WNOHANG)

    def judge_time(self) -> None:
        """Its time is over: one that the machine kept waiting gets as much again, once; else it is ended."""
        assert self.process is not None
        pids = [self.process.pid, *descendants(self.process.pid)]
        used, waited = sum(map(used_time, pids)), max(map(waiting_time, pids))
        share = BUSY * (time.monotonic() - self.start)
        busy = waited > share > used
        if busy and not self.busy:
            self.busy, self.limit = True, 2 * self.limit
            return
        self.busy, self.timed_out = busy, True
        self.listens = listening(pids)
        self.end_all()

    def reap(self, flags: int) -> bool:
        """Take the exit code and the processor time, if it has ended."""
        if self.process is None:
            return True
        pid, status, usage = os.wait4(self.process.pid, flags)
        if not pid:
            return False
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        self.process.returncode = code
        self.cpu += usage.ru_utime + usage.ru_stime
        self.seconds = time.monotonic() - self.start
        return True

    def end_all(self) -> None:
        """Kill whatever is left of its group."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except OSError:
                pass

    def result(self, left: list[str]) -> dict[str, Any]:
        """Say how it ended; `left` are the command lines of what it left running."""
        self.end_all()
        code = None if self.timed_out else self.process.returncode if self.process else 127
        record = tail(self.files["tell"], RECORD + 1)
        token = self.token.encode()
        return {
            "exit_code": code,
            "timed_out": self.timed_out,
            "seconds": self.seconds if self.process else 0.0,
            "cpu": self.cpu,
            "stdout": text(tail(self.out, KEPT)),
            "stderr": text(tail(self.err, KEPT) if self.process else self.failed),
            "ended": bool(token) and len(record) <= RECORD and record.endswith(token),
            "told": text(record[: -len(token)] if token and record.endswith(token) else record),
            "late": text(tail(self.files["late"], DUMP)),
            "crash": text(tail(self.files["crash"], DUMP)),
            "left": left,
            "busy": self.busy,
            "listens": self.listens,
        }


def tail(stream: IO[bytes] | None, most: int) -> bytes:
    """Return the end of what a file holds, and close it."""
    if stream is None:
        return b""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - most))
    data = stream.read(most)
    stream.close()
    return data


def text(data: bytes) -> str:
    """Return the text of bytes."""
    return data.decode("utf-8", "replace")


def run_all(order: dict[str, Any]) -> list[dict[str, Any]]:
    """Run the jobs in order, so many at once."""
    jobs, most = order["jobs"], max(1, min(order["most"], len(os.sched_getaffinity(0))))
    ended: dict[int, dict[str, Any]] = {}
    running: dict[int, StartedProgram] = {}
    waiting = list(range(len(jobs)))
    while waiting or running:
        while waiting and len(running) < most:
            number = waiting.pop(0)
            running[number] = StartedProgram(jobs[number], order["sources"])
        for number in [number for number, job in running.items() if job.has_ended()]:
            job = running.pop(number)
            ended[number] = job.result(left_behind(job) if len(jobs) == 1 else [])
        time.sleep(PAUSE)
    return [ended[number] for number in range(len(jobs))]


def left_behind(job: StartedProgram) -> list[str]:
    """Return what a program left running that does not end by itself, and end it; its processor time is counted."""
    until = time.monotonic() + (0.0 if job.timed_out else GRACE)
    while descendants() and time.monotonic() < until:
        reap_orphans(job)
        time.sleep(PAUSE)
    lines = [] if job.timed_out else [line for line in map(command_line, descendants()) if line]
    job.end_all()
    for pid in descendants():
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    reap_orphans(job)
    return sorted({line for line in lines if not any(word in line for word in HELPERS)})[:5]


def reap_orphans(job: StartedProgram) -> None:
    """Take those that ended, which the kernel gave to this process when their parents ended."""
    try:
        while True:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
            if not pid:
                return
            job.cpu += usage.ru_utime + usage.ru_stime
    except ChildProcessError:
        return


def exit_code(code: int | None) -> int:
    """Return a program's exit code as a shell says it; the sandbox looks at it too."""
    if code is None:
        return 124
    return 128 - code if code < 0 else code


def main() -> None:
    """Read the order, run its jobs, write how they ended."""
    with open(sys.argv[1], encoding="utf-8") as stream:
        order = json.load(stream)
    os.unlink(sys.argv[1])
    exec(compile(order["processes"], "_p2c_processes", "exec", dont_inherit=True), globals())  # noqa: S102 - p2c's own
    shut_in()
    if order["clean"]:
        empty(order["clean"])
    answers = json.dumps(run_all(order)).encode()
    code = hmac.new(bytes.fromhex(order["key"]), answers, hashlib.sha256).hexdigest().encode()
    beside = order["out"] + ".new"
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as stream:
        stream.write(code + b"\n" + answers)
    os.replace(beside, order["out"])  # noqa: PTH105
    if len(order["jobs"]) == 1:
        sys.exit(exit_code(json.loads(answers)[0]["exit_code"]))


if __name__ == "__main__":
    main()

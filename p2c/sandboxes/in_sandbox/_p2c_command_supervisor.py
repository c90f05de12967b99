"""Runs one command inside a machine that is p2c's alone, and leaves nothing of it: deadline, limits, output, end.

Standard library only, for Python 3.8 and later; copied into the machine, and run there as root where that can be
had. The program then is a user of its own without a way back (no-new-privileges, which also ends `sudo`), so that it
can neither end this process nor write what is root's. What it has left is found by descent: orphans fall to this
process. What it prints passes through here, so that a gigabyte is not sent anywhere.

    P2C_ORDER=JSON|@FILE python _p2c_command_supervisor.py run      python _p2c_command_supervisor.py stop PID
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from typing import Any

HEAD = TAIL = 1 << 21
"""Bytes of each stream that are passed on: the first as they come, the last in the end."""
CHUNK = 1 << 18
GRACE = 5.0  # seconds for what was killed to be gone
LOOK = 0.1  # seconds between looks at the limits
DEATH_SIGNAL, SUBREAPER, NO_NEW_PRIVILEGES = 1, 36, 38
libc = ctypes.CDLL(None, use_errno=True)


class Stream:
    """Passes on the head of what a program prints at once, and its tail when it has ended."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._room = HEAD
        self._tail: deque[bytes] = deque()
        self._size = 0
        self.dropped = 0

    def feed(self, data: bytes) -> None:
        self._pass(data[: self._room])
        self._tail.append(data[self._room :])
        self._size += len(data[self._room :])
        self._room -= min(self._room, len(data))
        while self._size - len(self._tail[0]) >= TAIL:
            gone = len(self._tail.popleft())
            self._size -= gone
            self.dropped += gone

    def close(self) -> None:
        self._pass(b"".join(self._tail))

    def _pass(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._target, data) :]


class LimitMonitor:
    """Why a program has to be ended: its time, its memory, the disk, or because p2c asks for it."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._order = order
        self._end = time.monotonic() + order["timeout"]
        self._next = 0.0
        self.asked = False

    def stops(self) -> str:
        now = time.monotonic()
        if self.asked:
            return "asked"
        if now >= self._end:
            return "time"
        if now < self._next:
            return ""
        self._next = now + LOOK
        about = os.statvfs(self._order["directory"])
        if about.f_bavail * about.f_frsize < self._order["floor"]:
            return "disk"
        return "memory" if memory(descendants()) > self._order["memory"] else ""

    def wait(self) -> float:
        return float(max(0.0, min(LOOK, self._end - time.monotonic())))


def prctl(option: int, value: int) -> None:
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def become(order: dict[str, Any]) -> None:
    """Take on the limits and the user of the program; there is no way back."""
    for name, most in order["limits"].items():
        kind = getattr(resource, "RLIMIT_" + name)
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
    if order["uid"] is not None:
        os.setgroups([])
        os.setgid(order["uid"])
        os.setuid(order["uid"])
    prctl(NO_NEW_PRIVILEGES, 1)
    prctl(DEATH_SIGNAL, signal.SIGKILL)
    for number in range(1, signal.NSIG):
        if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33):
            signal.signal(number, signal.SIG_DFL)
    os.umask(0o022)


def follow(child: int, pipes: dict[int, Stream], watch: LimitMonitor) -> tuple[str, int]:
    """Read until the program has ended or must; kill what is left; return why it was ended, and its code."""
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    status = None
    stopped = ""
    with selectors.DefaultSelector() as selector:
        for pipe in (*pipes, wake):
            selector.register(pipe, selectors.EVENT_READ)
        while status is None and not stopped:
            status = collected(child)
            stopped = watch.stops() if status is None else ""
            for key, _ in selector.select(watch.wait()) if status is None and not stopped else ():
                take(key.fd, pipes, selector)
        killed = kill_all(child)
        status = killed if status is None else status
        deadline = time.monotonic() + GRACE
        while len(selector.get_map()) > 1 and time.monotonic() < deadline:
            for key, _ in selector.select(LOOK):
                take(key.fd, pipes, selector)
    for stream in pipes.values():
        stream.close()
    return stopped, 137 if status is None else ended(status)


def ended(status: int) -> int:
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def take(pipe: int, pipes: dict[int, Stream], selector: selectors.BaseSelector) -> None:
    data = os.read(pipe, CHUNK)
    if pipe in pipes:
        pipes[pipe].feed(data)
        if not data:
            selector.unregister(pipe)


def collected(child: int) -> int | None:
    """Collect the dead, orphans too; return the status of the one that counts."""
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return None
        if process == child:
            return status
        if process == 0:
            return None


def kill_all(child: int) -> int | None:
    child_status = None
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline:
        left = descendants()
        for process in left:
            try:
                os.kill(process, signal.SIGKILL)
            except OSError:
                continue
        status = collected(child)
        child_status = status if status is not None else child_status
        if not left:
            break
        time.sleep(0.005)
    return child_status


def descendants() -> list[int]:
    """Return the living and dead processes that come from this one, in whatever session or group."""
    parents: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/" + name + "/stat", "rb") as file:
                    parent = int(file.read().rpartition(b")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue
            parents.setdefault(parent, []).append(int(name))
    pids: list[int] = []
    pending = [os.getpid()]
    while pending:
        children = parents.get(pending.pop(), [])
        pids += children
        pending += children
    return pids


def memory(processes: list[int]) -> int:
    """Return the bytes in memory that are theirs alone: pages of files and shared libraries do not count."""
    total = 0
    for process in processes:
        try:
            with open("/proc/" + str(process) + "/statm") as file:
                _, resident, shared = file.read().split()[:3]
            total += (int(resident) - int(shared)) * resource.getpagesize()
        except (OSError, ValueError):
            continue
    return total


def killed_for_memory() -> int:
    """Return how many processes this machine's kernel has killed because memory ran out."""
    with open("/proc/vmstat") as file:
        counts = dict(line.split() for line in file)
    return int(counts.get("oom_kill", 0))


def run() -> None:
    text = os.environ.pop("P2C_ORDER")
    if text.startswith("@"):
        with open(text[1:], encoding="utf-8") as file:
            text = file.read()
        os.unlink(file.name)
    order = json.loads(text)
    prctl(SUBREAPER, 1)
    before = killed_for_memory()
    watch = LimitMonitor(order)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.signal(signal.SIGTERM, lambda number, frame: setattr(watch, "asked", True))
    stopped, code, streams = run_program(order, watch)
    for place in order["opened"]:
        os.makedirs(place, exist_ok=True)
        os.chmod(place, 0o755)
    if not stopped and code == 137 and killed_for_memory() > before:
        stopped = "memory"
    about = {"code": code, "stopped": stopped, "left": len(descendants())}
    about["dropped"] = [stream.dropped for stream in streams]
    os.write(2, (order["mark"] + json.dumps(about) + "\n").encode())


def run_program(order: dict[str, Any], watch: LimitMonitor) -> tuple[str, int, list[Stream]]:
    streams = [Stream(1), Stream(2)]
    try:
        child = subprocess.Popen(
            order["argv"],
            env=order["env"],
            cwd=order["directory"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=lambda: become(order),  # noqa: PLW1509 (there is one thread)
        )
    except OSError as error:
        message = order["argv"][0] + ": " + os.strerror(error.errno or 0) + "\n"
        os.write(2, message.encode("utf-8", "replace"))
        return "", 127, streams
    assert child.stdout is not None and child.stderr is not None
    pipes = {child.stdout.fileno(): streams[0], child.stderr.fileno(): streams[1]}
    stopped, code = follow(child.pid, pipes, watch)
    child.returncode = code  # it was collected here
    return stopped, code, streams


def stop(process: int) -> None:
    """Ask another supervisor to end its command, and wait until it has."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + 2 * GRACE
        while time.monotonic() < deadline:
            try:
                os.kill(process, number if number == signal.SIGKILL else 0)
                if number == signal.SIGTERM:
                    os.kill(process, number)
            except ProcessLookupError:
                return
            time.sleep(0.05)


if __name__ == "__main__":
    if sys.argv[1] == "run":
        run()
    else:
        stop(int(sys.argv[2]))

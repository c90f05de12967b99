"""Starting programs through a process of p2c's own that kills them when p2c is gone (`spawn_server.py`)."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from p2c import host_processes
from p2c.errors import SandboxError
from p2c.sandboxes.spawn_server import receive

LEAVE = 10.0
"""Seconds for the server to kill what is left."""


@dataclass
class Child:
    """A program while it runs, as far as `subprocess.Popen` is used here."""

    pid: int
    stdout: FileIO
    stderr: FileIO
    _handle: int
    _end: int
    returncode: int | None = None

    def poll(self) -> int | None:
        """Return how it ended: its exit code, or a signal's number below 0; None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout: float) -> int:
        """Wait for its end; raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            poll = select.poll()
            poll.register(self._end, select.POLLIN)
            if not poll.poll(timeout * 1000):
                raise subprocess.TimeoutExpired("", timeout)
            self.returncode = int(os.read(self._end, 16) or -signal.SIGKILL)
        return self.returncode

    def kill(self) -> None:
        """Kill it; what it started is not killed."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def close(self) -> None:
        """Let go of all descriptors."""
        self.stdout.close()
        self.stderr.close()
        for descriptor in (self._handle, self._end):
            if descriptor >= 0:
                os.close(descriptor)
        self._handle = self._end = -1


class Spawner:
    """Starts programs that do not outlive it: not when it is closed, and not when p2c is killed.

    `python` is an interpreter (3.11 or later) for the server.
    """

    def __init__(self, python: Path) -> None:
        self._lock = threading.Lock()
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            server = str(Path(__file__).with_name("spawn_server.py"))
            self._process = host_processes.start(
                [python, "-I", "-S", server, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.defpath},
                cwd="/",
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )

    def start(
        self, argv: Sequence[str], environment: Mapping[str, str], directory: str = "/", descriptors: Sequence[int] = ()
    ) -> Child:
        """Start a program that also has these descriptors, by the same numbers; raises OSError, SandboxError."""
        with contextlib.ExitStack() as opened:
            stdin = opened.enter_context(closing(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)))
            out, stdout = os.pipe2(os.O_CLOEXEC)
            streams = [FileIO(out)]
            opened.enter_context(closing(stdout))
            err, stderr = os.pipe2(os.O_CLOEXEC)
            streams.append(FileIO(err))
            opened.enter_context(closing(stderr))
            order = {
                "argv": list(argv),
                "environment": dict(environment),
                "directory": directory,
                "descriptors": [0, 1, 2, *descriptors],
            }
            text = opened.enter_context(as_file(json.dumps(order).encode()))
            try:
                pid, given = self._ask([text, stdin, stdout, stderr, *descriptors])
            except BaseException:
                for stream in streams:
                    stream.close()
                raise
        return Child(pid, streams[0], streams[1], *given)

    def _ask(self, descriptors: Sequence[int]) -> tuple[int, tuple[int, int]]:
        name = uuid.uuid4().hex
        with self._lock:
            try:
                socket.send_fds(self._channel, [name.encode()], descriptors)
                answer, given = self._answer(name)
            except OSError as error:
                raise SandboxError(f"the process that starts programs is gone: {error}") from error
        if "pid" not in answer:
            raise OSError(answer["errno"], os.strerror(int(str(answer["errno"]))))
        handle, end = given
        return int(str(answer["pid"])), (handle, end)

    def _answer(self, name: str) -> tuple[dict[str, object], list[int]]:
        while True:
            data, given = receive(self._channel)
            if not data:
                raise ConnectionResetError(self._process.poll(), "it ended")
            answer: dict[str, object] = json.loads(data)
            if answer["id"] == name:
                return answer, given
            # Who asked for this was interrupted before the answer came.
            if given:
                with contextlib.suppress(OSError):
                    signal.pidfd_send_signal(given[0], signal.SIGKILL)
            for descriptor in given:
                os.close(descriptor)

    def close(self) -> None:
        """Kill all that runs; idempotent, never raises."""
        self._channel.close()
        try:
            self._process.wait(LEAVE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(LEAVE)


@contextlib.contextmanager
def closing(descriptor: int) -> Iterator[int]:
    """Give a descriptor and close it."""
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def as_file(data: bytes) -> Iterator[int]:
    """Give a descriptor from which these bytes can be read: a command line could be read by everybody."""
    descriptor = os.memfd_create("p2c", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(data)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)

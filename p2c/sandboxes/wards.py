"""Namespaces made ahead: bwrap shuts in a shell that waits for the next command, before there is one.

Making a namespace takes bwrap several times as long as starting a process: some sixty mounts. So it is done while
a command runs, or p2c thinks. Each command still has a namespace of its own, made by bwrap in the same way, in which
nothing ran before it: only the moment of making has changed. What was mounted is told apart by inode, so that a
folder that was made anew since is mounted anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from p2c import host_processes
from p2c.errors import SandboxError
from p2c.sandboxes.bubblewrap import Jail
from p2c.sandboxes.cgroups import Group
from p2c.sandboxes.process import GRACE

SHELL = "/bin/sh"
PLAIN = re.compile(r"(?!BASH|SHELL|LC_|PS\d)[A-Za-z][A-Za-z0-9_]*")
SHELLS_OWN = frozenset("UID EUID PPID GROUPS IFS PWD OLDPWD SHLVL ENV LINENO OPTIND RANDOM SECONDS FUNCNAME".split())
SCRUBBED = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
"""bwrap's own environment: `--clearenv` does not keep a program from reading /proc/1/environ."""


@dataclass
class Ward:
    """A namespace of bwrap's, whose first process is held by a descriptor, and a shell in it that takes one order."""

    process: subprocess.Popen[bytes]
    status: int
    group: Group | None = None
    namespace: int | None = None
    exit_code: int | None = None
    _first: int = -1
    _text: bytes = b""
    _killed: bool = False

    def order(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        """Make the shell become this program; a shell that is gone shows in how the process ends."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self.process.stdin as stream:
            stream.write(script(argv, environment))

    def take(self, data: bytes) -> None:
        """Read bwrap's status: one JSON document each line."""
        *lines, self._text = (self._text + data).split(b"\n")
        for line in filter(None, lines):
            said = json.loads(line)
            self.exit_code = said.get("exit-code", self.exit_code)
            if "child-pid" in said:
                self.namespace = said.get("pid-namespace")
                with contextlib.suppress(ProcessLookupError):
                    self._first = os.pidfd_open(said["child-pid"])

    def kill(self) -> None:
        """Kill the first process of the namespace: all others in it die with that, and bwrap ends by itself.

        bwrap is killed where that is not known, or did not help: then nobody but init collects the dead.
        """
        if self._first >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
        if (self._first < 0 or self._killed) and self.process.poll() is None:
            self.process.kill()
        self._killed = True

    def wait(self) -> None:
        """Return when the namespace is empty; raises SandboxError if it does not get so."""
        if self._first < 0:
            return
        poll = select.poll()
        poll.register(self._first, select.POLLIN)
        if not poll.poll(2 * GRACE * 1000):
            raise SandboxError("a command could not be killed: its processes hang in the kernel")

    def close(self) -> None:
        """Let go of all descriptors."""
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        for descriptor in (self._first, self.status):
            if descriptor >= 0:
                os.close(descriptor)
        self._first = self.status = -1

    def discard(self) -> None:
        """End a ward that was never used."""
        self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE)
        self.close()


def start(words: Sequence[str], descriptors: Sequence[int], group: Group | None) -> Ward:
    """Start bwrap with `{status}` in its words replaced; return when it has made the namespace, or failed."""
    status, status_end = os.pipe()
    try:
        process = host_processes.start(
            [word.replace("{status}", str(status_end)) for word in words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=SCRUBBED,
            cwd="/",
            pass_fds=(*descriptors, status_end),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        os.close(status)
        raise SandboxError(f"the command could not be started: {error}") from error
    finally:
        os.close(status_end)
    ward = Ward(process, status, group)
    ward.take(os.read(status, 1 << 12))
    return ward


def script(argv: Sequence[str], environment: Mapping[str, str]) -> bytes:
    """Return what makes a shell become a program with exactly these arguments and, besides its own, variables."""
    plain = {name: value for name, value in environment.items() if PLAIN.fullmatch(name) and name not in SHELLS_OWN}
    odd = [f"{name}={value}" for name, value in environment.items() if name not in plain]
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in plain.items()]
    words = [*(("/usr/bin/env", *odd) if odd else ()), *argv]
    lines.append(f"exec {shlex.join(words)} </dev/null\n")
    return os.fsencode("".join(lines))


Make = Callable[[Jail, str], Ward]
Mark = tuple[Jail, str, tuple[tuple[int, int], ...]]


@dataclass
class Wards:
    """One ward in reserve, for a command with the same mounts as the last one; all are started by one thread.

    `--die-with-parent` is tied to the thread that started bwrap, and the callers' threads come and go.
    """

    make: Make
    unmake: Callable[[Ward], None]
    _starter: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "p2c-wards"))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _spare: tuple[Mark, Future[Ward]] | None = None
    _closed: bool = False

    def lend(self, jail: Jail, directory: str) -> Ward:
        """Return a ward with these mounts, from the reserve or new."""
        mark = _mark(jail, directory)
        ward = self._from_reserve(mark)
        if ward is not None:
            return ward
        asked = self._starter.submit(self.make, mark[0], directory)
        try:
            return asked.result()
        except BaseException:
            asked.add_done_callback(self._drop)  # interrupted: the ward is not there yet
            raise

    def prepare(self, jail: Jail, directory: str) -> None:
        """See to the next ward like this one, without waiting for it; nothing to do for the install phase."""
        with self._lock:
            if self._spare is None and not self._closed and not jail.network:
                mark = _mark(jail, directory)
                self._spare = (mark, self._starter.submit(self.make, mark[0], directory))

    def _from_reserve(self, mark: Mark) -> Ward | None:
        with self._lock:
            if self._spare is None:
                return None
            known, made = self._spare
            if known[0].network != mark[0].network:
                return None  # of the other phase, which comes back
            self._spare = None
        if known != mark:
            made.add_done_callback(self._drop)
            return None
        try:
            ward = made.result()
        except SandboxError:
            return None
        if ward.process.poll() is None:
            return ward
        self.unmake(ward)
        return None

    def close(self) -> None:
        """End what waits, and the thread; idempotent."""
        with self._lock:
            self._closed, spare, self._spare = True, self._spare, None
        if spare:
            spare[1].add_done_callback(self._drop)
        self._starter.shutdown(wait=True)

    def _drop(self, made: Future[Ward]) -> None:
        if not made.cancelled() and made.exception() is None:
            self.unmake(made.result())


def _mark(jail: Jail, directory: str) -> Mark:
    places = (*jail.read_only.values(), *jail.writable.values())
    about = [place.stat() for place in places if place.exists()]
    return replace(jail, environment={}), directory, tuple((one.st_dev, one.st_ino) for one in about)

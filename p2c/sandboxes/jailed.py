"""Running one command under bubblewrap, and making sure that nothing of it is left."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from p2c.errors import SandboxError
from p2c.sandboxes import bubblewrap, seccomp, watchdog
from p2c.sandboxes.base import Command, ExecResult, OnOutput
from p2c.sandboxes.bubblewrap import Jail
from p2c.sandboxes.cgroups import Cgroups, Group
from p2c.sandboxes.options import Limits
from p2c.sandboxes.process import GRACE, Followed, Stopped
from p2c.sandboxes.watchdog import DiskWatch

SCRUBBED = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
"""bwrap's own environment: `--clearenv` does not keep a program from reading /proc/1/environ."""
MEMORY_INTERVAL = 0.05


@dataclass(frozen=True)
class Warden:
    """What keeps commands within their limits; `uid` is who they run as, None for p2c's own user."""

    uid: int | None
    limits: Limits
    groups: Cgroups | None
    disk: DiskWatch
    hardening: tuple[str, ...] = ()
    """Options of bwrap that not every version has."""

    def run(self, jail: Jail, command: Command, directory: str, on_output: OnOutput | None) -> ExecResult:
        """Run a command in a jail; raises SandboxError where bwrap fails or processes survive."""
        group = self.groups.lend() if self.groups else None
        try:
            return self._run(jail, command, (directory, group), on_output)
        finally:
            if self.groups and group:
                self.groups.take_back(group)

    def _run(
        self, jail: Jail, command: Command, where: tuple[str, Group | None], on_output: OnOutput | None
    ) -> ExecResult:
        directory, group = where
        inner = _Inner(self, group)
        kills = group.kills() if group else 0
        filters = _as_file(seccomp.program())
        arguments = _as_file(_words([*self.hardening, "--seccomp", str(filters), *jail.arguments(directory)]))
        status, status_end = os.pipe()
        words = [
            *bubblewrap.launcher(self.uid, group.entries() if group else ()),
            *(bubblewrap.program(), "--args", str(arguments), "--json-status-fd", str(status_end), "--"),
            *self.limits.prlimit(),
            *command.argv,
        ]
        try:
            # The caller's thread waits in here until the process has ended: --die-with-parent is tied to the
            # thread that started it.
            process = _start(words, (arguments, filters, status_end))
            os.close(status_end)
            status_end = -1
            followed = Followed(process, command, lambda: inner.kill(process), inner.watch, on_output, status)
            followed.on_status = inner.take
            followed.follow()
            inner.wait()
        finally:
            inner.close()
            for descriptor in (arguments, filters, status, status_end):
                with contextlib.suppress(OSError):
                    os.close(descriptor)
        return self._result(followed, inner, (group.kills() if group else 0) > kills)

    def _result(self, followed: Followed, inner: _Inner, counted: bool) -> ExecResult:
        oom = followed.stopped == "memory" or (counted and inner.exit_code != 0)
        if inner.exit_code is None and not followed.stopped and not oom:
            said = followed.err.text().strip()[-2000:]
            raise SandboxError(f"bubblewrap failed: {said or 'it was killed'}", bubblewrap.reason(said))
        note = f"killed: more than {self.limits.memory} bytes of memory" if oom else ""
        if followed.stopped == "disk":
            note = f"killed: more than {self.limits.disk} bytes on disk"
        return followed.result(inner.exit_code, oom, note)


@dataclass
class _Inner:
    """What bwrap tells about the namespace that it made, whose first process is held by a descriptor."""

    warden: Warden
    group: Group | None
    namespace: int | None = None
    exit_code: int | None = None
    _first: int = -1
    _text: bytes = b""
    _killed: bool = False
    _looked: float = field(default_factory=time.monotonic)

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

    def watch(self) -> Stopped:
        """Tell which limit that the kernel does not keep is passed."""
        now = time.monotonic()
        if self.group is None and self.namespace and now - self._looked > MEMORY_INTERVAL:
            self._looked = now
            if watchdog.memory(self.namespace) > self.warden.limits.memory:
                return "memory"
        return "disk" if self.warden.disk.over(self.namespace) else ""

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill the first process of the namespace: all others in it die with that, and bwrap ends by itself.

        bwrap is killed where that is not known, or did not help: then nobody but init collects the dead.
        """
        if self._first >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
        if (self._first < 0 or self._killed) and process.poll() is None:
            process.kill()
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
        """Let go of the descriptor."""
        if self._first >= 0:
            os.close(self._first)
            self._first = -1


def _start(words: Sequence[str], descriptors: Sequence[int]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=SCRUBBED,
            cwd="/",
            pass_fds=tuple(descriptors),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise SandboxError(f"the command could not be started: {error}") from error


def _words(arguments: Sequence[str]) -> bytes:
    return b"".join(os.fsencode(word) + b"\0" for word in arguments)


def _as_file(data: bytes) -> int:
    """Return a descriptor from which bwrap reads: its arguments on a command line could be read by everybody."""
    descriptor = os.memfd_create("p2c", os.MFD_CLOEXEC)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor

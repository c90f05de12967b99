"""Running one command under bubblewrap, and making sure that nothing of it is left."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import time
from dataclasses import dataclass, field

from p2c.errors import SandboxError
from p2c.sandboxes.base import Command, ExecResult, OnOutput
from p2c.sandboxes.local import bubblewrap, resource_monitor, seccomp
from p2c.sandboxes.local.bubblewrap import BubblewrapSpec
from p2c.sandboxes.local.cgroups import Cgroups, ControlGroup
from p2c.sandboxes.local.resource_monitor import DiskWatch
from p2c.sandboxes.options import ResourceLimits
from p2c.sandboxes.process import GRACE, RunningProcess, Stopped
from p2c.sandboxes.process_spawning import Child, Spawner, as_file
from p2c.sandboxes.running_command import Transcript, passed

MEMORY_INTERVAL = 0.05
"""Seconds between looks where no control group holds the memory: a program may fill gigabytes in one."""
SCRUBBED = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
"""bwrap's own environment: `--clearenv` does not keep a program from reading /proc/1/environ."""


@dataclass
class BubblewrapRunner:
    """What keeps commands within their limits; `uid` is who they run as, None for p2c's own user."""

    spawner: Spawner
    uid: int | None
    limits: ResourceLimits
    groups: Cgroups | None
    disk: DiskWatch[int | None]
    hardening: tuple[str, ...] = ()
    """Options of bwrap that not every version has."""

    def run(self, spec: BubblewrapSpec, command: Command, directory: str, on_output: OnOutput | None) -> ExecResult:
        """Run a command isolated by bubblewrap; raises SandboxError where bwrap fails or processes survive."""
        group = self.groups.acquire() if self.groups else None
        try:
            kills = group.kills() if group else 0
            running = self._start(spec, command, directory, group)
            try:
                transcript = Transcript(command, on_output)
                followed = RunningProcess(running.process, transcript, running.kill, _LimitMonitor(self, running))
                followed.status_fd, followed.on_status = running.status, running.take
                followed.follow()
                running.wait()
                return self._result(transcript, running.exit_code, (group.kills() if group else 0) > kills)
            finally:
                running.close()
        finally:
            if self.groups and group:
                self.groups.release(group)

    def _start(
        self, spec: BubblewrapSpec, command: Command, directory: str, group: ControlGroup | None
    ) -> _RunningBubblewrap:
        with contextlib.ExitStack() as opened:
            filters = opened.enter_context(as_file(seccomp.program()))
            words = [*self.hardening, "--seccomp", str(filters), *spec.arguments(directory)]
            arguments = opened.enter_context(as_file(b"".join(os.fsencode(word) + b"\0" for word in words)))
            status, status_end = os.pipe2(os.O_CLOEXEC)
            opened.callback(os.close, status_end)
            argv = [
                *bubblewrap.launcher(self.uid, group.entries() if group else ()),
                *(bubblewrap.program(), "--args", str(arguments), "--json-status-fd", str(status_end), "--"),
                *self.limits.prlimit(),
                *spec.before,
                *command.argv,
            ]
            try:
                given = (arguments, filters, status_end, *spec.descriptors)
                process = self.spawner.start(argv, SCRUBBED, descriptors=given)
            except BaseException as error:
                os.close(status)
                if isinstance(error, OSError):
                    raise SandboxError(f"the command could not be started: {error}") from error
                raise
        return _RunningBubblewrap(process, status, group)

    def _result(self, transcript: Transcript, exit_code: int | None, counted: bool) -> ExecResult:
        oom = transcript.stopped == "memory" or (counted and exit_code != 0)
        if exit_code is None and not transcript.stopped and not oom:
            text = transcript.err.text().strip()[-2000:]
            raise SandboxError(f"bubblewrap failed: {text or 'it was killed'}", bubblewrap.reason(text))
        notes = {"disk": passed(self.limits.disk, "on disk")}
        note = passed(self.limits.memory, "of memory") if oom else notes.get(transcript.stopped, "")
        return transcript.result(exit_code, note, oom)


@dataclass
class _RunningBubblewrap:
    """A bwrap while it runs, and the first process of its namespace, held by a descriptor."""

    process: Child
    status: int
    group: ControlGroup | None
    namespace: int | None = None
    exit_code: int | None = None
    _first: int = -1
    _text: bytes = b""
    _killed: bool = False

    def take(self, data: bytes) -> None:
        """Read bwrap's status: one JSON document each line."""
        *lines, self._text = (self._text + data).split(b"\n")
        for line in filter(None, lines):
            status = json.loads(line)
            self.exit_code = status.get("exit-code", self.exit_code)
            if "child-pid" in status:
                self.namespace = status.get("pid-namespace")
                with contextlib.suppress(ProcessLookupError):
                    self._first = os.pidfd_open(status["child-pid"])

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
        self.process.close()
        for descriptor in (self._first, self.status):
            if descriptor >= 0:
                os.close(descriptor)
        self._first = self.status = -1


@dataclass
class _LimitMonitor:
    """Tells which limit that the kernel does not keep is passed."""

    runner: BubblewrapRunner
    running: _RunningBubblewrap
    _looked: float = field(default_factory=time.monotonic)

    def __call__(self) -> Stopped:
        now, namespace = time.monotonic(), self.running.namespace
        if self.running.group is None and namespace and now - self._looked > MEMORY_INTERVAL:
            self._looked = now
            if resource_monitor.memory(namespace) > self.runner.limits.memory:
                return "memory"
        return "disk" if self.runner.disk.over(namespace) else ""

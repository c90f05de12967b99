"""Running one command under bubblewrap, and making sure that nothing of it is left."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from p2c.errors import SandboxError
from p2c.sandboxes import bubblewrap, seccomp, watchdog
from p2c.sandboxes.base import Command, ExecResult, OnOutput
from p2c.sandboxes.bubblewrap import Jail
from p2c.sandboxes.cgroups import Cgroups
from p2c.sandboxes.options import Limits
from p2c.sandboxes.process import Followed, Stopped
from p2c.sandboxes.wards import SHELL, Ward, Wards, start
from p2c.sandboxes.watchdog import DiskWatch

MEMORY_INTERVAL = 0.05
PREPARE_AFTER = 0.1


@dataclass
class Warden:
    """What keeps commands within their limits; `uid` is who they run as, None for p2c's own user."""

    uid: int | None
    limits: Limits
    groups: Cgroups | None
    disk: DiskWatch
    hardening: tuple[str, ...] = ()
    """Options of bwrap that not every version has."""
    _wards: Wards = field(init=False)

    def __post_init__(self) -> None:
        """Have nothing in reserve yet."""
        self._wards = Wards(self._make, self._unmake)

    def run(self, jail: Jail, command: Command, directory: str, on_output: OnOutput | None) -> ExecResult:
        """Run a command in a jail; raises SandboxError where bwrap fails or processes survive."""
        ward = self._wards.lend(jail, directory)
        kills = ward.group.kills() if ward.group else 0
        watch = _Watch(self, ward, lambda: self._wards.prepare(jail, directory))
        try:
            followed = Followed(ward.process, command, ward.kill, watch, on_output, ward.status)
            followed.on_status = ward.take
            ward.order(command.argv, jail.environment)
            followed.follow()
            ward.wait()
            return self._result(followed, ward, (ward.group.kills() if ward.group else 0) > kills)
        finally:
            self._unmake(ward)
            self._wards.prepare(jail, directory)

    def close(self) -> None:
        """End the wards that wait for a command."""
        self._wards.close()

    def _make(self, jail: Jail, directory: str) -> Ward:
        group = self.groups.lend() if self.groups else None
        filters = _as_file(seccomp.program())
        arguments = _as_file(_words([*self.hardening, "--seccomp", str(filters), *jail.arguments(directory)]))
        words = [
            *bubblewrap.launcher(self.uid, group.entries() if group else ()),
            *(bubblewrap.program(), "--args", str(arguments), "--json-status-fd", "{status}", "--"),
            *self.limits.prlimit(),
            SHELL,
        ]
        try:
            return start(words, (arguments, filters), group)
        except BaseException:
            if self.groups and group:
                self.groups.take_back(group)
            raise
        finally:
            os.close(arguments)
            os.close(filters)

    def _unmake(self, ward: Ward) -> None:
        ward.discard()
        if self.groups and ward.group:
            self.groups.take_back(ward.group)

    def _result(self, followed: Followed, ward: Ward, counted: bool) -> ExecResult:
        oom = followed.stopped == "memory" or (counted and ward.exit_code != 0)
        if ward.exit_code is None and not followed.stopped and not oom:
            said = followed.err.text().strip()[-2000:]
            raise SandboxError(f"bubblewrap failed: {said or 'it was killed'}", bubblewrap.reason(said))
        note = f"killed: more than {self.limits.memory} bytes of memory" if oom else ""
        if followed.stopped == "disk":
            note = f"killed: more than {self.limits.disk} bytes on disk"
        return followed.result(ward.exit_code, oom, note)


@dataclass
class _Watch:
    """Tells which limit that the kernel does not keep is passed."""

    warden: Warden
    ward: Ward
    prepare: Callable[[], None]
    _started: float = field(default_factory=time.monotonic)
    _looked: float = field(default_factory=time.monotonic)

    def __call__(self) -> Stopped:
        now, namespace = time.monotonic(), self.ward.namespace
        if now - self._started > PREPARE_AFTER:  # a shorter command would only be hindered
            self.prepare()
        if self.ward.group is None and namespace and now - self._looked > MEMORY_INTERVAL:
            self._looked = now
            if watchdog.memory(namespace) > self.warden.limits.memory:
                return "memory"
        return "disk" if self.warden.disk.over(namespace) else ""


def _words(arguments: Sequence[str]) -> bytes:
    return b"".join(os.fsencode(word) + b"\0" for word in arguments)


def _as_file(data: bytes) -> int:
    """Return a descriptor from which bwrap reads: its arguments on a command line could be read by everybody."""
    descriptor = os.memfd_create("p2c", os.MFD_CLOEXEC)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor

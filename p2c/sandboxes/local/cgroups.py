"""Control groups: memory and processes limited, and killed processes counted, by the kernel.

Version 1 (memory and pids each in a hierarchy of its own) and version 2 (one for all), as root or where a
service manager has delegated a part of the tree to the person. Groups are made beneath the one p2c runs in,
or beneath the nearest ancestor that lets its children have both limits.
"""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from p2c import host_processes
from p2c.errors import SandboxError
from p2c.sandboxes.options import ResourceLimits

NAME = re.compile(r"p2c-(\d+)-\d+")
REMOVAL = 2.0
"""Seconds in which a group that was killed becomes empty, so that it can be removed."""
CLOCK = 5.0
"""Seconds by which the times of processes and of folders may differ."""
V1 = {"memory": "memory.limit_in_bytes", "pids": "pids.max"}


@dataclass(frozen=True)
class ControlGroup:
    """One control group: one folder in version 2, one for each controller in version 1."""

    folders: tuple[Path, ...]
    memory: Path

    def entries(self) -> list[str]:
        """Return the files that a process writes `0` to in order to join."""
        return [str(folder / "cgroup.procs") for folder in self.folders]

    def kills(self) -> int:
        """Return how many processes the kernel has killed in it for memory."""
        for name in ("memory.events", "memory.oom_control"):
            counted = re.search(r"^oom_kill (\d+)", _read(self.memory / name), re.MULTILINE)
            if counted:
                return int(counted[1])
        return 0

    def remove(self) -> bool:
        """Remove it; False while a process is in it."""
        try:
            for folder in self.folders:
                if folder.exists():
                    folder.rmdir()
        except OSError:
            return False
        return True


class Cgroups:
    """Groups for commands that run at the same time: taken, given back, and removed at the end."""

    def __init__(self, parents: dict[str, Path], limits: ResourceLimits) -> None:
        self._parents = parents
        self._limits = limits
        self._free: list[ControlGroup] = []
        self._lock = threading.Lock()

    def acquire(self) -> ControlGroup:
        """Return an empty group with the limits set; raises SandboxError where that cannot be had."""
        with self._lock:
            while self._free:
                group = self._free.pop()
                if all(folder.is_dir() for folder in group.folders):  # else a p2c that can't see this one has swept it
                    return group
            try:
                return self._make()
            except OSError as error:
                raise SandboxError(f"a control group for a command could not be made: {error}") from error

    def release(self, group: ControlGroup) -> None:
        """Keep a group, whose processes are dead, for the next command."""
        with self._lock:
            self._free.append(group)

    def close(self) -> None:
        """Remove all groups that are not lent; what was killed in them may take the kernel a moment to let go."""
        with self._lock:
            until = time.monotonic() + REMOVAL
            left = [group for group in self._free if not group.remove()]
            while left and time.monotonic() < until:
                time.sleep(0.01)
                left = [group for group in left if not group.remove()]
            self._free.clear()

    def _make(self) -> ControlGroup:
        number = 0
        name = ""
        while not name or any((parent / name).exists() for parent in self._parents.values()):
            name, number = f"p2c-{os.getpid()}-{number}", number + 1
        folders = {key: parent / name for key, parent in self._parents.items()}
        group = ControlGroup(tuple(dict.fromkeys(folders.values())), folders["memory"])
        try:
            for folder in group.folders:
                folder.mkdir()
            self._set_limits(folders)
        except OSError:
            group.remove()
            raise
        return group

    def _set_limits(self, folders: dict[str, Path]) -> None:
        memory, pids = folders["memory"], folders["pids"]
        amount = str(self._limits.memory)
        if (memory / "memory.max").exists():
            _write(memory / "memory.max", amount)
            _write_if_there(memory / "memory.swap.max", "0")
        else:
            _write(memory / V1["memory"], amount)
            _write_if_there(memory / "memory.memsw.limit_in_bytes", amount)
        # bwrap, its two monitors and prlimit come on top of the program's own.
        _write(pids / "pids.max", str(self._limits.processes + 4))


def find(limits: ResourceLimits, mounts: str | None = None, own: str | None = None) -> Cgroups | None:
    """Return where groups can be made here, after joining one, or None. Groups of dead processes are removed.

    `mounts` and `own` are the contents of /proc/self/mounts and /proc/self/cgroup.
    """
    parents = _parents(mounts or _read(Path("/proc/self/mounts")), own or _read(Path("/proc/self/cgroup")))
    for candidate in parents:
        for parent in set(candidate.values()):
            sweep(parent)
        groups = Cgroups(candidate, limits)
        try:
            group = groups.acquire()
        except SandboxError:
            continue
        groups.release(group)
        if _can_be_joined(group):
            return groups
        groups.close()
    return None


def _can_be_joined(group: ControlGroup) -> bool:
    # To move a process one must be allowed to write to the common ancestor of both groups, too.
    words = ["/bin/sh", "-c", 'for group; do echo 0 > "$group" || exit 1; done', "join", *group.entries()]
    return bool(host_processes.run(words, stderr=subprocess.DEVNULL).returncode == 0)


def sweep(parent: Path) -> None:
    """Remove the groups that a killed p2c has left."""
    for folder in parent.glob("p2c-*-*"):
        named = NAME.fullmatch(folder.name)
        if named and not _is_maker(int(named[1]), folder):
            ControlGroup((folder,), folder).remove()


def _is_maker(pid: int, group: Path) -> bool:
    """Tell whether the process of this number lives and is no later one: numbers are given again."""
    started = re.search(r"\) (?:\S+ ){19}(\d+) ", _read(Path(f"/proc/{pid}/stat")))
    if started is None:
        return Path(f"/proc/{pid}").exists()
    after_boot = int(started[1]) / os.sysconf("SC_CLK_TCK")
    boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    try:
        return boot + after_boot < group.stat().st_mtime + CLOCK
    except OSError:
        return True


def _parents(mounts: str, own: str) -> list[dict[str, Path]]:
    """Return places to try: version 1 first, where memory and pids are on it, then version 2 from here upwards."""
    places: dict[str, Path] = {}
    unified = Path()
    for line in mounts.splitlines():
        _, point, kind, options = line.split()[:4]
        if kind == "cgroup":
            places |= {name: Path(point) for name in V1 if name in options.split(",")}
        elif kind == "cgroup2":
            unified = Path(point)
    candidates: list[dict[str, Path]] = []
    paths = {names: path for _, names, path in (line.split(":", 2) for line in own.splitlines())}
    if set(places) == set(V1):
        mine = {key: _here(point, paths, key) for key, point in places.items()}
        candidates.append(mine)
    elif unified != Path():
        here = _here(unified, paths, "")
        candidates += [{"memory": place, "pids": place} for place in (here, *here.parents) if _within(place, unified)]
    return candidates


def _here(point: Path, paths: dict[str, str], controller: str) -> Path:
    for names, path in paths.items():
        if controller in names.split(","):
            place = point / path.lstrip("/")
            return place if place.is_dir() else point
    return point


def _within(place: Path, root: Path) -> bool:
    return place == root or root in place.parents


def _write(file: Path, text: str) -> None:
    with file.open("r+") as stream:  # never makes the file: then it would be no limit
        stream.write(text)


def _write_if_there(file: Path, text: str) -> None:
    if file.exists():
        _write(file, text)


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""

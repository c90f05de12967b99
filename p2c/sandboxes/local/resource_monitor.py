"""Limits that the kernel does not keep for us: looked at while a command runs.

Memory where there is no control group; disk everywhere, because a quota needs a file system of its own.
A watchdog is late by one look: a limit of 1 GiB of memory was seen to be passed by a few percent.
"""

from __future__ import annotations

import os
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from p2c.sandboxes.safe_files import used

Of = TypeVar("Of")
DISK_INTERVAL = 0.25
"""Seconds between looks at the free space, one system call."""
DISK_ANYWAY = 10.0
"""Seconds after which the folders are added up though it has not fallen: others may have freed as much."""


def processes(namespace: int) -> Iterator[int]:
    """Yield the host's numbers of the processes in a pid namespace; daemons that left their group too."""
    wanted = f"pid:[{namespace}]"
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if str((folder / "ns/pid").readlink()) == wanted:
                    yield int(folder.name)
            except OSError:
                continue


def memory(namespace: int) -> int:
    """Return the bytes that a namespace's processes hold resident; what they share counts once."""
    page = os.sysconf("SC_PAGE_SIZE")
    own, shared = 0, 0
    for pid in processes(namespace):
        try:
            fields = Path(f"/proc/{pid}/statm").read_text().split()
        except OSError:
            continue
        resident, common = int(fields[1]), int(fields[2])
        own += resident - common
        shared = max(shared, common)
    return (own + shared) * page


def unlinked(namespace: int) -> int:
    """Return the bytes of files that a namespace's processes hold open though no name is left."""
    seen: dict[tuple[int, int], int] = {}
    for pid in processes(namespace):
        try:
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                about = descriptor.stat()
                if stat.S_ISREG(about.st_mode) and about.st_nlink == 0:
                    seen[about.st_dev, about.st_ino] = about.st_blocks * 512
        except OSError:
            continue
    return sum(seen.values())


class DiskWatch(Generic[Of]):
    """Tells when a session's folders hold more than `limit` bytes: a quota would need a file system of its own.

    Adding up (`used`) takes seconds for many files, so it is done when the file system has lost as much as is left to
    the limit since the last time (`free` says what it has), and every `anyway` seconds; a look costs little more
    than `free`, and is taken every `interval` seconds at most, by one command at a time.
    """

    def __init__(
        self, limit: int, free: Callable[[Of], int], used: Callable[[Of], int], interval: float, anyway: float
    ) -> None:
        self.limit = limit
        self._measure = free, used
        self._interval, self._anyway = interval, anyway
        self._lock = threading.Lock()
        self._used, self._free = 0, -1
        self._looked = self._added = time.monotonic()

    def over(self, of: Of) -> bool:
        """Tell whether it is too much now; `of` is who runs, for `free` and `used`."""
        if time.monotonic() - self._looked < self._interval or not self._lock.acquire(blocking=False):
            return False
        try:
            self._looked = time.monotonic()
            return self._look(of)
        finally:
            self._lock.release()

    def _look(self, of: Of) -> bool:
        free, used = self._measure
        now_free = free(of)
        is_known = self._free >= 0 and time.monotonic() - self._added < self._anyway
        if is_known and self._used + self._free - now_free < self.limit:
            return False
        self._used = used(of)
        self._free, self._added = now_free, time.monotonic()
        return self._used > self.limit


def folders_watch(folders: Sequence[Path], limit: int) -> DiskWatch[int | None]:
    """Return one for folders of this machine, all on one file system; who runs is a namespace, where that is known."""

    def add_up(namespace: int | None) -> int:
        return used(folders) + (unlinked(namespace) if namespace else 0)

    return DiskWatch(limit, lambda _: shutil.disk_usage(folders[0]).free, add_up, DISK_INTERVAL, DISK_ANYWAY)

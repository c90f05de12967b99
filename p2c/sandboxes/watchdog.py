"""Limits that the kernel does not keep for us: looked at while a command runs.

Memory where there is no control group; disk everywhere, because a quota needs a file system of its own.
A watchdog is late by one look: a limit of 1 GiB of memory was seen to be passed by a few percent.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from p2c.sandboxes.workspace import used

DISK_INTERVAL = 0.25
DISK_ANYWAY = 10.0


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


class DiskWatch:
    """Tells when folders (all on one file system) hold more than `limit` bytes.

    Adding up takes seconds for many files, so it is done when the file system has lost as much as is left
    to the limit since the last time, and every ten seconds anyway.
    """

    def __init__(self, folders: Sequence[Path], limit: int) -> None:
        self._folders = folders
        self._limit = limit
        self._used = 0
        self._free = shutil.disk_usage(folders[0]).free
        self._looked = self._added = time.monotonic()

    def over(self, namespace: int | None) -> bool:
        """Tell whether it is too much now; `namespace` is looked through for unlinked files."""
        now = time.monotonic()
        if now - self._looked < DISK_INTERVAL:
            return False
        self._looked = now
        free = shutil.disk_usage(self._folders[0]).free
        if self._used + self._free - free < self._limit and now - self._added < DISK_ANYWAY:
            return False
        self._free = free
        self._used = used(self._folders) + (unlinked(namespace) if namespace else 0)
        self._added = time.monotonic()
        return self._used > self._limit

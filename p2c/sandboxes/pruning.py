"""Keeps the cache within an age and a size: what was used least recently goes first, and never what is in use.

An environment was last used at its folder's time, and is in use while a session holds a shared lock on it. Wheels
that uv has unpacked are left alone while uv is at work (its own lock says so), and as long as an environment is
linked to them, because that would free nothing; uv fetches a wheel whose files are gone anew.
Adding up takes seconds for a full cache, so it is done once a day, when a session ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from p2c.sandboxes.workspace import remove, used

DAY = 86400.0
GB = 1_000_000_000


@dataclass(frozen=True)
class Bound:
    """How much is kept (bytes), and how long after its last use (seconds)."""

    size: int = 20 * GB
    age: float = 30 * DAY


@dataclass(frozen=True)
class _Item:
    place: Path
    used: float


def size(root: Path) -> int:
    """Return the bytes on disk that a cache folder takes, what has several names once."""
    with _unseen(root / "store/uv/archive-v0"):
        return used([root]) if root.is_dir() else 0


def prune_daily(root: Path, bound: Bound) -> int:
    """Prune where that was not done for a day; return the bytes that were freed. Never raises."""
    try:
        with _locked(root / "pruned") as stamp:
            if stamp is None or (os.fstat(stamp).st_size and time.time() - os.fstat(stamp).st_mtime < DAY):
                return 0
            os.pwrite(stamp, b"The cache was last looked through at the time of this file.\n", 0)
            os.utime(stamp)
            return prune(root, bound)
    except OSError:
        return 0


def prune(root: Path, bound: Bound) -> int:
    """Remove what is beyond the bound; return the bytes that were freed."""
    gone = root / "gone"
    remove(gone)  # of a p2c that was killed meanwhile
    gone.mkdir()
    archives = root / "store/uv/archive-v0"
    with _locked(root / "store/uv/.lock") as idle, _unseen(archives) as wheels:
        work = _Pruning(gone, used([root / name for name in ("environments", "store", "tools")]))
        before, now = work.left, time.time()
        for item in _items(root / "tools"):
            if now - item.used > max(bound.age, DAY):
                work.take_away(item.place)
        if idle is None:
            wheels = []
        for item in _items(root / "environments"):
            if now - item.used > bound.age or work.left > bound.size:
                work.take_away(item.place)
                work.take_unlinked(wheels, item.used)
        work.take_unlinked(wheels, now - bound.age)
        for item in wheels:
            if work.left > bound.size:
                work.take_unlinked([item], now)
    remove(gone)
    return before - work.left


@dataclass
class _Pruning:
    """`gone` is where folders are put before they are removed, `left` the bytes that the cache holds."""

    gone: Path
    left: int

    def take_away(self, place: Path) -> None:
        """Remove a folder that nobody has locked: renamed at first, so that nobody ever meets the half of it."""
        with _locked(place) as free:
            if free is None:
                return
            aside = self.gone / uuid.uuid4().hex
            place.rename(aside)
        self.left -= _alone(aside)
        remove(aside)

    def take_unlinked(self, wheels: Sequence[_Item], latest: float) -> None:
        """Remove wheels last used before a time whose files have no other name."""
        for item in wheels:
            if item.used <= latest and item.place.is_dir() and not _is_linked(item.place):
                self.take_away(item.place)


def _items(folder: Path) -> list[_Item]:
    """Return what lies in a folder, the least recently used first; uv leaves a trace of use only in the access time."""
    found = []
    with contextlib.suppress(FileNotFoundError):
        for place in folder.iterdir():
            about = place.lstat()
            if place.is_dir() and not place.is_symlink():
                time_of = about.st_mtime if folder.name != "archive-v0" else max(about.st_mtime, about.st_atime)
                found.append(_Item(place, time_of))
    return sorted(found, key=lambda item: item.used)


def _is_linked(wheel: Path) -> bool:
    return any(Path(folder, name).lstat().st_nlink > 1 for folder, _, names in os.walk(wheel) for name in names)


@contextmanager
def _unseen(archives: Path) -> Iterator[list[_Item]]:
    """Give the wheels that uv has unpacked; afterwards, looking through them has left no trace of use."""
    wheels = _items(archives)
    times = [(item.place, item.place.lstat()) for item in wheels]
    try:
        yield wheels
    finally:
        for place, about in times:
            with contextlib.suppress(OSError):
                os.utime(place, ns=(about.st_atime_ns, about.st_mtime_ns), follow_symlinks=False)


def _alone(root: Path) -> int:
    """Return the bytes of what has no name outside."""
    files = (Path(folder, name).lstat() for folder, _, names in os.walk(root) for name in names)
    return sum(one.st_blocks * 512 for one in files if one.st_nlink == 1)


@contextmanager
def _locked(place: Path) -> Iterator[int | None]:
    """Give a descriptor that locks out others, None where they were first or nothing is there; never waits."""
    flags = os.O_RDONLY if place.is_dir() else os.O_RDWR | (os.O_CREAT if place.name == "pruned" else 0)
    try:
        descriptor = os.open(place, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError:
        yield None
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield None
        else:
            yield descriptor
    finally:
        os.close(descriptor)

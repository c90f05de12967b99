"""Keeps the cache within an age and a size: what was used least recently goes first, and never what is in use.

An environment was last used at its folder's time, and is in use while a session holds a shared lock on it; so are
tools. Wheels that uv has unpacked are left alone while uv is at work (its own lock says so), and as long as an
environment is linked to them, because that would free nothing; uv fetches a wheel whose files are gone anew.

It is done when a session ends: once a day, and as soon as the file system has lost so much since the last time that
the cache may be beyond its size. What was added up is remembered (nothing in the cache changes once it has its name),
so that only what is new is looked through; and it stops after some seconds, to go on when the next session ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from p2c import locks
from p2c.files import write_whole
from p2c.sandboxes.safe_files import remove, used

DAY = 86400.0
GB = 1_000_000_000
PATIENCE = 5.0
"""Seconds at the end of a command; a folder that is being removed then is removed to the end."""
PAUSE, SLACK = 600.0, 50
"""Seconds between two looks for the size alone, unless the growth is more than that part of the size."""
ARCHIVES = "store/uv/archive-v0"
NOTE = "pruned"


@dataclass(frozen=True)
class CacheLimits:
    """How much is kept (bytes), and how long after its last use (seconds)."""

    size: int = 20 * GB
    age: float = 30 * DAY


@dataclass(frozen=True)
class CacheUsage:
    """How many there are of something in the cache, and the bytes that they take beside what was counted before."""

    number: int
    size: int


@dataclass(frozen=True)
class _Item:
    place: Path
    used: float


def holdings(root: Path) -> dict[str, CacheUsage]:
    """Return what a cache folder holds, exactly; what has several names counts with the first of these."""
    seen: set[tuple[int, int]] = set()
    usage_by_name = {}
    with _unseen(root / ARCHIVES) as wheels:
        for name in ("store", "environments", "tools", "sessions", "gone"):
            items = wheels if name == "store" else _items(root / name)
            usage_by_name[name] = CacheUsage(len(items), used([root / name], seen) if (root / name).is_dir() else 0)
    return usage_by_name


def prune_when_due(root: Path, bound: CacheLimits) -> int:
    """Prune where that was not done for a day, or the size may be passed; return the freed bytes. Never raises."""
    try:
        with locks.exclusive(root / NOTE, patience=0) as note:
            if not root.is_dir() or not _is_due(_read(note), bound, root):
                return 0
            # At first: who is killed meanwhile is not to leave this to the next command, and that one to its next.
            _write(note, {"at": time.time(), "left": bound.size, "free": shutil.disk_usage(root).free})
            work = prune(root, bound, time.monotonic() + PATIENCE)
            about = {"left": work.left, "size": bound.size, "free": shutil.disk_usage(root).free}
            _write(note, {"at": 0.0 if work.is_late else time.time(), **about})
            return work.freed
    except (OSError, locks.LockError):
        return 0


def _is_due(known: dict[str, Any], bound: CacheLimits, root: Path) -> bool:
    age = time.time() - known.get("at", 0.0)
    if not 0 <= age < DAY or known.get("size", bound.size) > bound.size:
        return True
    grown = max(0, known.get("free", 0) - shutil.disk_usage(root).free)
    return bool(known.get("left", 0) + grown > bound.size and (age > PAUSE or grown > bound.size / SLACK))


def prune(root: Path, bound: CacheLimits, until: float) -> _Pruning:
    """Remove what is beyond the bound, as far as that is done by `until` (of the monotonic clock)."""
    now = time.time()
    with locks.attempt(root / "store/uv/.lock") as idle, _unseen(root / ARCHIVES) as wheels:
        work = _Pruning(root, until)
        work.empty()
        for item in _items(root / "tools"):
            if now - item.used > max(bound.age, DAY):
                work.take_away(item)
        environments = _items(root / "environments")
        work.add_up([*wheels, *environments, *_items(root / "tools")])
        free = wheels if idle is not None else []
        for item in environments:
            if now - item.used > bound.age or work.left > bound.size:
                work.take_away(item)
                work.take_unlinked(free, item.used)
        work.take_unlinked(free, now - bound.age)
        for item in free:
            if work.left > bound.size:
                work.take_unlinked([item], now)
        work.remember()
    return work


@dataclass
class _Pruning:
    """`left` are the bytes that the cache holds, as far as they are added up; `until` is of the monotonic clock."""

    root: Path
    until: float
    left: int = 0
    freed: int = 0
    is_late: bool = False
    _sizes: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read what was added up before."""
        with contextlib.suppress(OSError, ValueError):
            known = json.loads((self.root / "sizes.json").read_text(encoding="utf-8"))
            self._sizes = {name: size for name, size in known.items() if isinstance(size, int)}

    def remember(self) -> None:
        """Write what was added up."""
        write_whole(self.root / "sizes.json", json.dumps(self._sizes))

    def add_up(self, items: Sequence[_Item]) -> None:
        """Find out what the cache holds: the rest of uv's cache, and these items, of which most are known."""
        others = [entry for entry in (self.root / "store/uv").iterdir() if entry != self.root / ARCHIVES]
        self.left = used(others)
        here = {self._name(item): item for item in items}
        self._sizes = {name: size for name, size in self._sizes.items() if name in here}
        for name, item in here.items():
            if name not in self._sizes and not self._too_late():
                self._sizes[name] = _size(item.place, alone=item.place.parent.name == "environments")
            self.left += self._sizes.get(name, 0)

    def empty(self) -> None:
        """Remove what was put aside before."""
        for item in _items(self.root / "gone"):
            if not self._too_late():
                remove(item.place)

    def take_away(self, item: _Item) -> None:
        """Remove a folder that nobody has locked: renamed at first, so that nobody ever meets the half of it."""
        if self._too_late():
            return
        with locks.attempt(item.place) as lock:
            if lock is None:
                return
            aside = self.root / "gone" / uuid.uuid4().hex
            aside.parent.mkdir(exist_ok=True)
            item.place.rename(aside)
        size = self._sizes.pop(self._name(item), 0)
        self.left -= size
        self.freed += size
        remove(aside)

    def take_unlinked(self, wheels: Sequence[_Item], latest: float) -> None:
        """Remove wheels last used before a time whose files have no other name."""
        for item in wheels:
            if self._too_late():
                return
            if item.used <= latest and item.place.is_dir() and not _is_linked(item.place):
                self.take_away(item)

    def _too_late(self) -> bool:
        self.is_late = self.is_late or time.monotonic() > self.until
        return self.is_late

    def _name(self, item: _Item) -> str:
        return item.place.relative_to(self.root).as_posix()


def _items(folder: Path) -> list[_Item]:
    """Return what lies in a folder, the least recently used first; uv leaves a trace of use only in the access time."""
    items = []
    with contextlib.suppress(FileNotFoundError):
        for place in folder.iterdir():
            about = place.lstat()
            if place.is_dir() and not place.is_symlink():
                time_of = about.st_mtime if folder.name != "archive-v0" else max(about.st_mtime, about.st_atime)
                items.append(_Item(place, time_of))
    return sorted(items, key=lambda item: item.used)


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


def _size(root: Path, alone: bool) -> int:
    """Return the bytes of a folder; `alone` leaves out the files that have another name, in uv's cache."""
    total = 0
    for folder, _, names in os.walk(root):
        places = (Path(folder), *(Path(folder, name) for name in names))
        total += sum(entry.st_blocks * 512 for entry in (place.lstat() for place in places) if _counts(entry, alone))
    return total


def _counts(about: os.stat_result, alone: bool) -> bool:
    return not alone or stat.S_ISDIR(about.st_mode) or about.st_nlink == 1


def _read(note: int) -> dict[str, Any]:
    try:
        known = json.loads(os.pread(note, 1 << 12, 0))
        numbers = {name: value for name, value in known.items() if isinstance(value, int | float)}
    except (ValueError, AttributeError):
        return {}
    return numbers


def _write(note: int, known: dict[str, Any]) -> None:
    os.ftruncate(note, 0)
    os.pwrite(note, json.dumps(known).encode(), 0)

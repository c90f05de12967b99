"""Locks of files between processes; the kernel takes one back from a process that was killed.

A lock is only worth something while its file has its name: whoever removes one, removes it while holding it, and
whoever took one looks whether it still is the file of that name. No link is followed, and nothing but a regular file
is opened for writing.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from p2c.errors import UnavailableError

_POLL = 0.05
_FLAGS = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY


class LockError(UnavailableError):
    """There can be no lock: a link or no regular file has that name, or the file system refuses."""


class LockHeldError(LockError):
    """Another process holds the lock; `holder` is what it wrote into the file, its process id as a rule."""

    def __init__(self, place: Path, holder: str = "") -> None:
        super().__init__(f"{str(place)!r} is locked by another process ({holder or 'unknown'})", "Wait until it ends.")
        self.holder = holder


@contextmanager
def exclusive(place: Path, patience: float | None = None, folder: int | None = None) -> Iterator[int]:
    """Give the file `place` open under an exclusive lock; it and its folder are made where they are missing.

    Waits `patience` seconds (None: for ever) and then raises LockHeldError. `folder` is the descriptor of the folder
    that `place` is relative to. Raises LockError where there can be no lock.
    """
    until = None if patience is None else time.monotonic() + patience
    if folder is None:
        with _os_errors(place):
            place.parent.mkdir(parents=True, exist_ok=True)
    descriptor = -1
    while descriptor < 0:
        descriptor = _taken(place, until, folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def attempt(place: Path, shared: bool = False) -> Iterator[int | None]:
    """Give the descriptor of a file or folder that is there under a lock; None where that can't be had at once.

    Never waits, never makes anything, never raises. What is removed, is removed inside the block.
    """
    descriptor = take(place, shared)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


def take(place: Path, shared: bool = False) -> int | None:
    """Return the descriptor of a file or folder that is there under a lock, to be closed; None as `attempt` does."""
    try:
        descriptor = _open(place, 0, None, folders=True)
    except (OSError, LockError):
        return None
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        if _has_its_name(descriptor, place, None):
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def is_over(place: Path) -> bool:
    """Tell whether whoever held the lock of this file is gone; False where that can't be known."""
    try:
        descriptor = _open(place, 0, None)
    except FileNotFoundError:
        return True
    except (OSError, LockError):
        return False  # another user's, or no lock of p2c's
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def is_held(place: Path, folder: int | None = None) -> bool:
    """Tell whether a process holds the lock of this file; nothing is made or written for it.

    For an instant it takes a shared lock where nobody has one: who starts in that instant has to try twice.
    """
    try:
        descriptor = os.open(place, os.O_RDONLY | _FLAGS, dir_fd=folder)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


class SessionLock:
    """A new locked file that stands for a living session: nobody ever sees it under its name without its lock.

    Raises LockError where it can't be made. `close` removes it.
    """

    def __init__(self, place: Path) -> None:
        self.path = place
        with _os_errors(place):
            place.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = -1
        while self._descriptor < 0:
            self._descriptor = _made(place)

    def close(self) -> None:
        """Let go of it; never raises. The name goes before the lock, so that none is ever there without it."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor < 0:
            return
        with contextlib.suppress(OSError):
            if _has_its_name(descriptor, self.path, None):
                self.path.unlink()
        with contextlib.suppress(OSError):
            os.close(descriptor)


def sweep(folder: Path, pattern: str = "*.lock") -> None:
    """Remove the lock files of sessions that are over, those that were never finished too; never raises."""
    with contextlib.suppress(OSError):
        for place in [*folder.glob(pattern), *folder.glob(".*.new")]:
            with attempt(place) as lock, contextlib.suppress(OSError):
                if lock is not None and place.is_file():
                    place.unlink(missing_ok=True)


def _taken(place: Path, until: float | None, folder: int | None) -> int:
    """Return the descriptor under the lock, or -1 where the file lost its name meanwhile."""
    with _os_errors(place):
        descriptor = _open(place, os.O_CREAT, folder)
    try:
        with _os_errors(place):
            _wait(descriptor, place, until)
            if _has_its_name(descriptor, place, folder):
                return descriptor
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return -1


def _wait(descriptor: int, place: Path, until: float | None) -> None:
    if until is None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= until:
                holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
                raise LockHeldError(place, holder) from None
        time.sleep(_POLL)


def _made(place: Path) -> int:
    """Make the file under another name, lock it, and give it its own; -1 where a sweep was faster than the lock."""
    beside = place.with_name(f".{place.name}.{uuid.uuid4().hex[:8]}.new")
    with _os_errors(place):
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600)
    try:
        with _os_errors(place):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            with contextlib.suppress(FileNotFoundError):
                beside.rename(place)
                if _has_its_name(descriptor, place, None):
                    return descriptor
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        os.close(descriptor)
        raise
    os.close(descriptor)
    return -1


def _open(place: Path, flags: int, folder: int | None, folders: bool = False) -> int:
    """Open a regular file (or a folder) for locking; raises OSError, and LockError for anything else."""
    with contextlib.suppress(FileNotFoundError):
        about = os.stat(place, dir_fd=folder, follow_symlinks=False)
        if folders and stat.S_ISDIR(about.st_mode):
            return os.open(place, os.O_RDONLY | os.O_DIRECTORY | _FLAGS, dir_fd=folder)
        _refuse_strange(about, place)
    descriptor = os.open(place, os.O_RDWR | flags | _FLAGS, 0o600, dir_fd=folder)
    try:
        _refuse_strange(os.fstat(descriptor), place)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _refuse_strange(about: os.stat_result, place: Path) -> None:
    """A file with a second name is somebody else's too; what is written into a lock is not to land there."""
    if not stat.S_ISREG(about.st_mode) or about.st_nlink > 1:
        raise LockError(f"{str(place)!r} is not a plain file of p2c's, so it is not used as a lock", "Delete it.")


def _has_its_name(descriptor: int, place: Path, folder: int | None) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(place, dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return False


@contextmanager
def _os_errors(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise LockError(f"{str(place)!r} is a link, so it is not used as a lock", "Delete it.") from error
        raise LockError(f"{str(place)!r} cannot be locked: {error.strerror or error}") from error

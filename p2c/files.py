"""Files written whole, and files below a folder opened without following a link."""

from __future__ import annotations

import contextlib
import os
import stat
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_FLAGS = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
_PLAIN = 0o644
BESIDE = ".new"
"""The end of the names (they begin with a dot) that files have while they are written."""


class Store(Protocol):
    """A folder of files that are written whole; names are relative to it, with slashes."""

    def names(self, under: str) -> list[str]:
        """Return the names of all files below a folder, sorted."""
        ...

    def read(self, name: str) -> bytes | None:
        """Return a file; None where there is none that can be read."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Write a file whole."""
        ...


@dataclass(frozen=True)
class PlainStore:
    """A `Store` in a folder that a person named: what lies there is taken as it is."""

    root: Path

    def names(self, under: str) -> list[str]:
        """Return the names of all files below a folder, sorted."""
        return sorted(place.relative_to(self.root).as_posix() for place in (self.root / under).rglob("*"))

    def read(self, name: str) -> bytes | None:
        """Return a file; None where there is none that can be read."""
        try:
            return (self.root / name).read_bytes()
        except OSError:
            return None

    def write(self, name: str, data: bytes) -> None:
        """Write a file whole."""
        write_bytes_whole(self.root / name, data)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees half of it; a lone surrogate is written as its JSON escape."""
    write_bytes_whole(path, text.encode("utf-8", "backslashreplace"))


def write_bytes_whole(path: Path, data: bytes, mode: int = _PLAIN) -> None:
    """Write bytes beside, then rename; the folder is made where it is missing. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        write_at(folder, path.name, data, mode)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        os.close(folder)


def write_at(folder: int, name: str, data: bytes, mode: int = _PLAIN) -> None:
    """Write a file of an open folder whole, in the place of whatever had its name; raises OSError."""
    beside = f".{uuid.uuid4().hex[:16]}{BESIDE}"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            os.fchmod(stream.fileno(), mode)
        os.rename(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside, dir_fd=folder)
        raise


def read_at(folder: int, name: str, most: int) -> bytes | None:
    """Return a plain file of an open folder; None where there is none, a link or something else, or a longer one."""
    if not is_plain(folder, name):
        return None
    with os.fdopen(os.open(name, os.O_RDONLY | _FLAGS, dir_fd=folder), "rb") as stream:
        about = os.fstat(stream.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_size > most:
            return None
        data = stream.read(most + 1)
    return data if len(data) <= most else None


def append_at(folder: int, name: str, data: bytes) -> None:
    """Append to a plain file of an open folder, which is made where it is missing; a cut last line is ended first.

    Raises OSError, for a link or something else at this name too: what has a second name is somebody else's.
    """
    descriptor = open_at(folder, name)
    try:
        size = os.fstat(descriptor).st_size
        cut = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, b"\n" + data if cut else data)
    finally:
        os.close(descriptor)


def open_at(folder: int, name: str) -> int:
    """Open a plain file of an open folder for appending, made where it is missing; raises OSError as `append_at`."""
    with contextlib.suppress(FileNotFoundError):
        _refuse_strange(os.stat(name, dir_fd=folder, follow_symlinks=False), name)
    descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND | _FLAGS, _PLAIN, dir_fd=folder)
    try:
        _refuse_strange(os.fstat(descriptor), name)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def names_in(folder: int) -> list[str]:
    """Return the names of all entries of an open folder, sorted."""
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries)


def is_plain(folder: int, name: str) -> bool:
    """Tell whether a name in an open folder is that of a regular file itself."""
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def is_strange(folder: int, name: str) -> bool:
    """Tell whether something has this name in an open folder that is no regular file, or has another name too."""
    try:
        about = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return not stat.S_ISREG(about.st_mode) or about.st_nlink > 1


def is_folder(folder: int, name: str) -> bool:
    """Tell whether a name in an open folder is that of a folder itself, no link to one."""
    try:
        return stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


@contextmanager
def opened(root: Path, below: Sequence[str], create: bool = False) -> Iterator[int]:
    """Give the descriptor of a folder below `root`, no part of which below it is a link.

    Raises OSError: FileNotFoundError where it is missing, NotADirectoryError or ELOOP where something else is there.
    """
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in below:
            if create:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, 0o755, dir_fd=descriptor)
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | _FLAGS, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _refuse_strange(about: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(about.st_mode) or about.st_nlink > 1:
        raise PermissionError(1, "is not a plain file of p2c's", name)

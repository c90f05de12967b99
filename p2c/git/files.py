"""The files of a git directory, read and written through no link."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from p2c.errors import InputError, UsageError

PATIENCE = 5.0
"""Seconds to wait for another git, such as an editor's, to give a lock back."""

MOST = 512 * 1024 * 1024
"""Bytes; the index of a million files has about 100 MB."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class GitFiles:
    """A git directory; paths are relative to it. What is a link, or no regular file, raises InputError."""

    root: Path

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None where there is none."""
        dated = self.read_dated(path)
        return dated and dated[0]

    def read_dated(self, path: str) -> tuple[bytes, int] | None:
        """Return a file's bytes with the time of its last change in nanoseconds, None where there is none."""
        try:
            with self._parent(path) as (folder, name):
                handle = os.open(name, _READ, dir_fd=folder)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._refusal(path, error) from error
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            os.close(handle)
            if stat.S_ISDIR(about.st_mode):  # git itself leaves empty ones where a branch was called a/b
                return None
            raise InputError(f"{str(self.root / path)!r} is not a regular file")
        with open(handle, "rb") as stream:  # noqa: PTH123
            if about.st_size > MOST:
                raise InputError(f"{str(self.root / path)!r} has {about.st_size} bytes: p2c reads up to {MOST}")
            return stream.read(), about.st_mtime_ns

    def add(self, path: str, source: Path) -> None:
        """Copy a file that never changes, such as an object; one that is there already is left alone."""
        with self._writing(path) as (folder, name):
            if _is_there(name, folder):
                return
            beside = f"tmp_obj_{uuid.uuid4().hex}"
            with source.open("rb") as old, open(os.open(beside, _NEW, 0o444, dir_fd=folder), "wb") as new:  # noqa: PTH123
                shutil.copyfileobj(old, new)
            os.rename(beside, name, src_dir_fd=folder, dst_dir_fd=folder)

    def write(self, path: str, data: bytes) -> None:
        """Make these bytes the file's content, whole; what stood there, a link too, is replaced."""
        with self._writing(path) as (folder, name):
            beside = f"{name}.{uuid.uuid4().hex[:8]}.new"
            with open(os.open(beside, _NEW, 0o666, dir_fd=folder), "wb") as new:  # noqa: PTH123
                new.write(data)
            os.rename(beside, name, src_dir_fd=folder, dst_dir_fd=folder)

    def remove(self, path: str) -> None:
        """Remove a file, if it is there."""
        with self._writing(path) as (folder, name), suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)

    def append(self, path: str, line: bytes) -> None:
        """Add a line to a log; to one that is no plain file of this directory alone, nothing."""
        with suppress(OSError, InputError), self._writing(path) as (folder, name):
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            handle = os.open(name, flags, 0o666, dir_fd=folder)
            try:
                about = os.fstat(handle)
                if stat.S_ISREG(about.st_mode) and about.st_nlink == 1:
                    os.write(handle, line)
            finally:
                os.close(handle)

    def lock(self, path: str) -> GitLock:
        """Take git's own lock of a file; raises UsageError where another holds it for longer than PATIENCE."""
        return GitLock(self, path)

    @contextmanager
    def _writing(self, path: str) -> Iterator[tuple[int, str]]:
        try:
            with self._parent(path, make=True) as place:
                yield place
        except OSError as error:
            raise self._refusal(path, error) from error

    @contextmanager
    def _parent(self, path: str, make: bool = False) -> Iterator[tuple[int, str]]:
        """Give the open directory that holds a path, and its name there."""
        *folders, name = path.split("/")
        handle = os.open(self.root, _FOLDER)
        try:
            for part in folders:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=handle)
                inner = _enter(part, handle)
                os.close(handle)
                handle = inner
            yield handle, name
        finally:
            os.close(handle)

    def _refusal(self, path: str, error: OSError) -> InputError:
        why = (
            "is a link or is reached through one" if error.errno == errno.ELOOP else f"cannot be used: {error.strerror}"
        )
        return InputError(
            f"{str(self.root / path)!r} {why}",
            "p2c follows no links below .git.",
        )


class GitLock:
    """A file's lock as git makes it: while `FILE.lock` is there, no other git writes FILE."""

    def __init__(self, files: GitFiles, path: str) -> None:
        self._files, self._path = files, path
        self._held = False

    def __enter__(self) -> GitLock:
        until = time.monotonic() + PATIENCE
        while not self._take():
            if time.monotonic() >= until:
                raise UsageError(
                    f"another git process is running: {str(self._files.root / self._path)!r} is locked",
                    f"Wait until it has ended; if none is running, delete {self._path}.lock there.",
                )
            time.sleep(0.05)
        self._held = True
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._held:
            with self._files._writing(self._path) as (folder, name), suppress(FileNotFoundError):
                os.unlink(f"{name}.lock", dir_fd=folder)

    def put(self, data: bytes, changed: int | None = None) -> None:
        """Make these bytes the file's content, whole, dated `changed` (nanoseconds), and give the lock back."""
        with self._files._writing(self._path) as (folder, name):
            handle = os.open(f"{name}.lock", os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            with open(handle, "wb") as stream:  # noqa: PTH123
                stream.write(data)
                stream.flush()
                if changed is not None:
                    os.utime(handle, ns=(changed, changed))
            with suppress(OSError):
                os.rmdir(name, dir_fd=folder)
            os.rename(f"{name}.lock", name, src_dir_fd=folder, dst_dir_fd=folder)
        self._held = False

    def _take(self) -> bool:
        with self._files._writing(self._path) as (folder, name):
            try:
                os.close(os.open(f"{name}.lock", _NEW, 0o666, dir_fd=folder))
            except FileExistsError:
                return False
        return True


def _enter(part: str, folder: int) -> int:
    """Open a directory below another; where a link stands in its place that is ELOOP, where a file does ENOENT."""
    try:
        return os.open(part, _FOLDER, dir_fd=folder)
    except NotADirectoryError as error:
        if stat.S_ISLNK(os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from error
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)) from error


def _is_there(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True

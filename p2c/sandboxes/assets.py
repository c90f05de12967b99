"""What a repository holds besides text, on its way into a sandbox: sized before it is copied, sparse, no links."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from p2c.errors import InputError, SandboxError
from p2c.repo import Repo

BLOCK = 4096
"""What a file takes at least: so many small ones count too."""
CHUNK = 1 << 24
GB = 1_000_000_000
FICLONE = 0x40049409
NO_LINK = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
OTHER_WAY = frozenset((errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF))
"""How file systems and kernels say that they cannot copy by themselves."""


def check_size(repo: Repo, limit: int) -> None:
    """Raise InputError for a repository that is larger than the sandbox's disk, before any of it is copied.

    A sparse file counts with the size that it says: so much a program can make of it.
    """
    sizes = {path: _size(path, place) for path, place in repo.assets.items()}
    total = sum(map(_blocks, sizes.values())) + sum(_blocks(len(text)) for text in repo.files.values())
    if total <= limit:
        return
    path = max(sizes, key=sizes.__getitem__, default="")
    if path and sizes[path] > limit:
        what = f"{path!r} has {_size_text(sizes[path])}"
    else:
        largest = f", the largest of them {path!r}" if path else ""
        what = f"{len(repo.files) + len(sizes)} files take {_size_text(total)}{largest}"
    raise InputError(
        f"{what}, more than the sandbox's disk limit of {_size_text(limit)}: "
        "leave out what is not needed (.gitignore), or raise P2C_DISK_LIMIT (GB)"
    )


@contextmanager
def opened(path: str, place: Path) -> Iterator[int]:
    """Give a descriptor of the asset at `path` of a repository; raises InputError for a link or no regular file."""
    try:
        descriptor = _open(path, place)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise InputError(f"{path!r} has become a symbolic link, which is not followed") from error
        raise SandboxError(f"{str(place)!r} could not be copied into the sandbox: {error}") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise InputError(f"{path!r} is no regular file any more")
        yield descriptor
    finally:
        os.close(descriptor)


def copy(source: int, target: Path) -> None:
    """Copy an open file to a new one, as long as it is now; its holes stay holes."""
    size = os.fstat(source).st_size
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.ioctl(descriptor, FICLONE, source)
        except OSError:
            for start, end in data_ranges(source, size):
                _copy_range(source, descriptor, start, end)
        os.ftruncate(descriptor, size)
    finally:
        os.close(descriptor)


def _open(path: str, place: Path) -> int:
    parts = path.split("/")
    if place.parts[-len(parts) :] != tuple(parts):
        return os.open(place, NO_LINK | os.O_NONBLOCK)
    folder = os.open(place.parents[len(parts) - 1], os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            deeper = os.open(part, NO_LINK | os.O_DIRECTORY, dir_fd=folder)
            os.close(folder)
            folder = deeper
        return os.open(parts[-1], NO_LINK | os.O_NONBLOCK, dir_fd=folder)
    finally:
        os.close(folder)


def data_ranges(source: int, size: int, end: int = 0) -> Iterator[tuple[int, int]]:
    """Yield where an open file of some size has data, from a place on: begin and end of each range."""
    while end < size:
        try:
            start = os.lseek(source, end, os.SEEK_DATA)
            end = min(os.lseek(source, start, os.SEEK_HOLE), size)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return  # a hole to the end
            start, end = end, size  # a file system that does not know
        yield start, end


def _copy_range(source: int, target: int, start: int, end: int) -> None:
    while start < end:
        try:
            done = os.copy_file_range(source, target, min(CHUNK, end - start), start, start)
        except OSError as error:
            if error.errno not in OTHER_WAY:
                raise
            done = os.pwrite(target, os.pread(source, min(CHUNK, end - start), start), start)
        if not done:
            return  # shorter meanwhile
        start += done


def _size(path: str, place: Path) -> int:
    try:
        return place.stat(follow_symlinks=False).st_size
    except OSError as error:
        raise InputError(f"{path!r} cannot be read: {error.strerror}") from error


def _blocks(size: int) -> int:
    return max(1, -(-size // BLOCK)) * BLOCK


def _size_text(size: int) -> str:
    for unit, name in ((GB, "GB"), (1_000_000, "MB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"

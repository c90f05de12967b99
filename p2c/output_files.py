"""Writing the files that a person names (`-o`, `--events`, `--log`): never through a link that came with a folder.

A name such as `report.md` in a folder that p2c was pointed at may be a link to a file of the user's. Below the working
directory and below every folder that the command was given, links are refused; elsewhere, and for `/dev/stdout`, names
mean what they mean to every program.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from p2c import host_processes
from p2c.errors import UsageError
from p2c.files import write_bytes_whole


def require_no_link(path: Path) -> None:
    """Raise UsageError where a part of the name that lies below an untrusted folder is a link."""
    for place in _distrusted_parts(path):
        if place.is_symlink():
            raise UsageError(
                f"{str(path)!r}: {str(place)!r} is a symbolic link, and p2c writes through no link in this folder",
                f"Name the target itself: {os.path.realpath(path)!r}.",
            )


def write_named(path: Path, data: bytes) -> None:
    """Write a file that a person named, whole where it is a regular file; a pipe or device gets the bytes.

    Raises OSError, and UsageError as `require_no_link` does, or where nobody reads the pipe.
    """
    require_no_link(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():
        with _opened(path, 0) as stream:
            stream.write(data)
        return
    # A link outside stays one: its target is what was named.
    target = Path(os.path.realpath(path))
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask()
    write_bytes_whole(target, data, mode)


def open_named_log(path: Path) -> BinaryIO:
    """Open a file that a person named for appending. Raises as `write_named` does, and for a hard link too."""
    require_no_link(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = _opened(path, os.O_APPEND | os.O_CREAT)
    about = os.fstat(stream.fileno())
    if stat.S_ISREG(about.st_mode) and about.st_nlink > 1 and _distrusted_parts(path):
        stream.close()
        raise UsageError(f"{str(path)!r} has further hard links, so p2c does not append to it", "Delete it first.")
    return stream


def _opened(path: Path, flags: int) -> BinaryIO:
    """Open for writing without waiting for a reader: a pipe may have come with the folder, and has none."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | flags, 0o666)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise UsageError(f"no process reads the pipe {str(path)!r}", "Start its reader first.") from error
        raise
    os.set_blocking(descriptor, True)
    return os.fdopen(descriptor, "wb")


def _distrusted_parts(path: Path) -> list[Path]:
    """Return the name and those of its folders that lie below an untrusted folder."""
    place, roots = Path(os.path.abspath(path)), _untrusted_folders()  # noqa: PTH100 - `resolve` would follow the links
    return [part for part in (place, *place.parents) if any(root in part.parents for root in roots)]


def _untrusted_folders() -> set[Path]:
    """Every untrusted folder by its name and by its real place, because a name may lead through links above it."""
    folders = {*host_processes.distrusted(), Path(os.path.abspath("."))}  # noqa: PTH100
    return folders | {Path(os.path.realpath(folder)) for folder in folders}


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

"""Writing the files that a person names (`-o`, `--events`, `--log`): never through a link that came with a folder.

A name such as `report.md` in a folder that p2c was pointed at may be a link to a file of the user's. Below the working
directory and below every folder that the command was given, links are refused; elsewhere, and for `/dev/stdout`, names
mean what they mean to every program.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from p2c import host_processes
from p2c.errors import UsageError
from p2c.files import write_bytes_whole


def require_no_link(path: Path) -> None:
    """Raise UsageError where a part of the name that lies below an untrusted folder is a link."""
    place = Path(os.path.abspath(path))  # noqa: PTH100 - `resolve` would follow the links
    for folder in [place, *place.parents]:
        if folder.is_symlink() and any(root in folder.parents for root in _untrusted_folders()):
            raise UsageError(
                f"{str(path)!r}: {str(folder)!r} is a symbolic link, and p2c writes through none in this folder",
                f"Name the file where it is: {os.path.realpath(path)!r}.",
            )


def write_named(path: Path, data: bytes) -> None:
    """Write a file that a person named, whole where it is a regular file; a pipe or device gets the bytes.

    Raises OSError, and UsageError as `require_no_link` does.
    """
    require_no_link(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    # What is read through a link outside stays a link: its target is what was named.
    target = Path(os.path.realpath(path))
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask()
    write_bytes_whole(target, data, mode)


def open_named_log(path: Path) -> BinaryIO:
    """Open a file that a person named for appending. Raises as `write_named` does."""
    require_no_link(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("ab")


def _untrusted_folders() -> set[Path]:
    """Every untrusted folder by its name and by its real place, because a name may lead through links above it."""
    folders = {*host_processes.distrusted(), Path(os.path.abspath("."))}  # noqa: PTH100
    return folders | {Path(os.path.realpath(folder)) for folder in folders}


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

"""Folders that untrusted programs have written in: nothing here follows a link."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from p2c.errors import InputError
from p2c.repo import Repo, encode, safe_path
from p2c.sandboxes import assets

NO_LINK = os.O_NOFOLLOW | os.O_CLOEXEC
MAX_FILE = 1 << 28
"""Bytes of one file that is read into memory."""
Root = TypeVar("Root")
Copied = dict[str, tuple[int, ...]]
"""Of each asset that was copied: size and time of its source, inode and change time of the copy."""


def remove(place: Path) -> None:
    """Remove a file or folder, unreadable ones too; links are removed, never followed. Absent is fine."""
    if place.is_symlink() or not place.is_dir():
        place.unlink(missing_ok=True)
        return
    _open_up(place)
    shutil.rmtree(place, ignore_errors=False)


def _open_up(folder: Path) -> None:
    # rmtree needs rwx on every folder; chmod by descriptor, so that no link can be put in its place.
    pending = [folder]
    while pending:
        here = pending.pop()
        mode = here.lstat().st_mode
        if stat.S_ISDIR(mode):
            if mode & 0o700 != 0o700:
                here.chmod(0o700)
            pending += [Path(entry.path) for entry in os.scandir(here) if entry.is_dir(follow_symlinks=False)]


def fill(root: Path, repo: Repo, copied: Copied, owner: int | None = None) -> list[str]:
    """Make `root` hold exactly this repository and return the paths that were written.

    Only what differs from what lies there is written; `copied` is kept for the next time.
    No program may run in `root` meanwhile.
    """
    wanted = {path: encode(text) for path, text in repo.files.items()}
    folders = {parent for path in (*wanted, *repo.assets) for parent in _parents(path)}
    _prune(root, {*wanted, *repo.assets}, folders)
    written = [path for path, data in wanted.items() if write(root, path, data, owner)]
    for path, place in repo.assets.items():
        with assets.opened(path, place) as source:
            if _copy(root / path, source, copied, owner):
                written.append(path)
    return written


def write_all(root: Path, files: Mapping[str, bytes], owner: int | None = None) -> None:
    """Write files under `root`; what stands in their way is removed."""
    for path, data in files.items():
        path = safe_path(path)
        _prune_way(root, path)
        write(root, path, data, owner)


def write(root: Path, path: str, data: bytes, owner: int | None = None) -> bool:
    """Write one file whose folders are no links; False if it lay there already. Shebang files are executable."""
    mode = 0o755 if data[:2] == b"#!" else 0o644
    if read(root, path, len(data)) == data:
        _set_mode(root / path, mode, owner)
        return False
    _make_folders((root / path).parent, owner)
    beside = (root / path).with_name(".p2c-new")  # short: the name itself may be as long as names can be
    remove(beside)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_LINK, 0o600), "wb") as stream:
        stream.write(data)
    _set_mode(beside, mode, owner)
    beside.replace(root / path)
    return True


def read(root: Path, path: str, limit: int = MAX_FILE) -> bytes | None:
    """Return a regular file's bytes; None if there is none, a link is on the way, or it is longer than `limit`."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    *folders, name = path.split("/")
    try:
        for folder in folders:
            deeper = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | NO_LINK, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = deeper
        # O_NONBLOCK: a planted fifo must not make p2c wait for a writer.
        file = os.open(name, os.O_RDONLY | os.O_NONBLOCK | NO_LINK, dir_fd=descriptor)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    about = os.fstat(file)
    if not stat.S_ISREG(about.st_mode) or about.st_size > limit:
        os.close(file)
        return None
    with os.fdopen(file, "rb") as stream:
        return stream.read(limit)


def locate(path: str, roots: Mapping[str, Root]) -> tuple[Root, str] | None:
    """Return which folder (by its path inside) an absolute path lies in, and where in it; None if it leaves."""
    for shown, root in roots.items():
        if path.startswith(f"{shown}/"):
            with contextlib.suppress(InputError):
                return root, safe_path(path[len(shown) + 1 :])
    return None


def used(roots: Iterable[Path], seen: set[tuple[int, int]] | None = None) -> int:
    """Return the bytes that folders take on disk; a file with several names counts once, and not if it was `seen`."""
    seen = set() if seen is None else seen
    total, pending = 0, list(map(str, roots))
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    about = entry.stat(follow_symlinks=False)
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    elif about.st_nlink > 1:
                        if (about.st_dev, about.st_ino) in seen:
                            continue
                        seen.add((about.st_dev, about.st_ino))
                    total += about.st_blocks * 512
        except OSError:
            continue  # gone meanwhile, or made unreadable
    return total


def _parents(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: n + 1]) for n in range(len(parts))]


def _prune(root: Path, files: set[str], folders: set[str]) -> None:
    pending = [""]
    while pending:
        folder = pending.pop()
        here = root / folder
        if here.lstat().st_mode & 0o700 != 0o700:
            here.chmod(0o755)
        for entry in list(os.scandir(here)):
            path = f"{folder}/{entry.name}" if folder else entry.name
            if path in folders and entry.is_dir(follow_symlinks=False):
                pending.append(path)
            elif path not in files or not _plain(entry):
                remove(Path(entry.path))


def _plain(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_nlink == 1


def _prune_way(root: Path, path: str) -> None:
    for parent in _parents(path):
        place = root / parent
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            remove(place)
    place = root / path
    if place.is_symlink() or (place.exists() and not place.is_file()):
        remove(place)


def _make_folders(folder: Path, owner: int | None) -> None:
    if not folder.is_dir():
        _make_folders(folder.parent, owner)
        folder.mkdir()
        if owner is not None:
            os.chown(folder, owner, owner, follow_symlinks=False)


def _set_mode(place: Path, mode: int, owner: int | None) -> None:
    if owner is not None:
        os.chown(place, owner, owner, follow_symlinks=False)
    if stat.S_IMODE(place.lstat().st_mode) != mode:
        place.chmod(mode)


def _copy(target: Path, descriptor: int, copied: Copied, owner: int | None) -> bool:
    # Assets may be large. A program can set a file's time back, but not its inode's change time.
    source = os.fstat(descriptor)
    if str(target) in copied and copied[str(target)] == _marks(source, target):
        return False
    _make_folders(target.parent, owner)
    remove(target)
    assets.copy(descriptor, target)
    _set_mode(target, stat.S_IMODE(source.st_mode) & 0o755 | 0o644, owner)
    copied[str(target)] = _marks(source, target)
    return True


def _marks(source: os.stat_result, target: Path) -> tuple[int, ...]:
    try:
        copy = target.lstat()
    except FileNotFoundError:
        return ()
    return (source.st_size, source.st_mtime_ns, copy.st_ino, copy.st_ctime_ns)

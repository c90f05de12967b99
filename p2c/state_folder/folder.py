"""`.p2c/` in a folder: what p2c keeps there, opened through no link and believed only where p2c wrote it itself.

All access goes through here. Nothing is opened through a link, only regular files are read or written, each is written
whole, and what is read back is p2c's own: every file has a code (HMAC) by a key of the user's that lies in no folder
p2c works on. The codes lie in `.p2c/seals/`; before a file changes, its seal names the code of the new content beside
that of the old, so that a kill at any moment leaves a file that is believed. Of files that grow by lines each line has
a code, written before the line. The codes count for this folder alone: its `id` is part of them, and moves with it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from p2c.errors import InputError, P2CError, UnavailableError
from p2c.files import append_at, is_folder, is_plain, is_strange, names_in, open_at, opened, read_at, write_at
from p2c.state_folder.identity import FORMAT, Identity, new_identity, read_identity
from p2c.state_folder.key import code_of, load_key, same

STATE = ".p2c"
SEALS = "seals"
MOST_BYTES = 200_000_000
HINT = "Delete it, or use another folder."
FOREIGN = "foreign-"
"""How the folders begin that hold what was set aside."""
_DEEPEST = 2


@dataclass(frozen=True)
class StateFile:
    """A file of the state as it lies there; `ours` says that p2c wrote it, here and for this user."""

    data: bytes
    ours: bool


@dataclass(frozen=True)
class StateFolder:
    """p2c's own folder in `root`. Names are relative to it, with slashes.

    Every method raises InputError where `.p2c` is a link or a file, or may not be used.
    """

    root: Path

    @property
    def path(self) -> Path:
        """Where it lies; to be told, not to be opened."""
        return self.root / STATE

    def look(self, name: str) -> StateFile | None:
        """Return a file, believed or not; None where there is none, or no regular one."""
        folder, leaf = _split(name)
        with self.opened(*folder) as descriptor:
            data = None if descriptor is None else read_at(descriptor, leaf, MOST_BYTES)
        if data is None:
            return None
        return StateFile(data, self._is_ours(name, data))

    def read(self, name: str) -> bytes | None:
        """Return a file that p2c wrote; None where there is none."""
        entry = self.look(name)
        return entry.data if entry is not None and entry.ours else None

    def write(self, name: str, data: bytes) -> None:
        """Write a file whole. What has its name and is not p2c's is set aside first."""
        folder, leaf = _split(name)
        key, id = load_key(), self.make_identity()
        with self.created(*folder) as descriptor:
            known = read_at(descriptor, leaf, MOST_BYTES)
            mine = known is not None and self._is_ours(name, known)
            if not mine and _exists(descriptor, leaf):
                self.set_aside([name])
            codes = [code_of(key, id, _bytes(name), data)]
            if mine and known is not None:
                codes.append(code_of(key, id, _bytes(name), known))
            with self.created(SEALS) as seals:
                write_at(seals, _seal(name), "\n".join(codes).encode())
            write_at(descriptor, leaf, data)

    def append(self, name: str, line: str) -> None:
        """Append a line to a file that grows."""
        folder, leaf = _split(name)
        row = line.encode("utf-8", "backslashreplace")
        code = code_of(load_key(), self.make_identity(), b"line", _bytes(name), row)
        with self.created(*folder) as descriptor, self.created(SEALS) as seals:
            self._clear(seals, f"{SEALS}/{_seal(name)}")
            append_at(seals, _seal(name), code.encode() + b"\n")
            self._clear(descriptor, name)
            append_at(descriptor, leaf, row + b"\n")

    def lines(self, name: str) -> list[str]:
        """Return the lines that p2c wrote to a file that grows; one that a kill cut is none."""
        folder, leaf = _split(name)
        with self.opened(*folder) as descriptor:
            data = None if descriptor is None else read_at(descriptor, leaf, MOST_BYTES)
        if not data:
            return []
        id, codes = self.identity(), frozenset(self._codes(name))
        key, rows = load_key() if id else b"", data.split(b"\n") if id else ()
        return [
            row.decode("utf-8", "replace")
            for row in rows
            if row and code_of(key, id, b"line", _bytes(name), row) in codes
        ]

    def open_log(self, name: str) -> int:
        """Return the descriptor of a file that is appended to and never believed."""
        folder, leaf = _split(name)
        self.make_identity()
        with self.created(*folder) as descriptor:
            self._clear(descriptor, name)
            return open_at(descriptor, leaf)

    def names(self, folder: str) -> list[str]:
        """Return the names of all regular files below a folder of the state, sorted."""
        names: list[str] = []
        with self.opened(*folder.split("/")) as descriptor:
            if descriptor is None:
                return []
            for name in names_in(descriptor):
                if is_plain(descriptor, name):
                    names.append(f"{folder}/{name}")
                elif is_folder(descriptor, name) and folder.count("/") < _DEEPEST:
                    names += self.names(f"{folder}/{name}")
        return names

    def remove(self, name: str) -> None:
        """Remove a file that p2c wrote."""
        if self.read(name) is None:
            return
        for folder, leaf in (_split(name), ((SEALS,), _seal(name))):
            with self.opened(*folder) as descriptor, _gone():
                if descriptor is not None:
                    os.unlink(leaf, dir_fd=descriptor)

    def move(self, name: str, to: str) -> None:
        """Give a file that p2c wrote another name."""
        data = self.read(name)
        if data is not None:
            self.write(to, data)
            self.remove(name)

    def identity(self) -> bytes:
        """Return the folder's id, which is part of every code; empty where there is none that this p2c can use."""
        identity = self.whose()
        return identity.id.encode() if identity.version <= FORMAT else b""

    def make_identity(self, here: bool = False) -> bytes:
        """Return the folder's id, given to it now where it has none; raises InputError for a newer p2c's folder.

        `here` notes where it lies now.
        """
        known = self.whose()
        if known.version > FORMAT:
            raise InputError(f"{str(self.path)!r} was written by a newer p2c", HINT)
        identity = known if known.id else new_identity(self._place)
        if here:
            identity = replace(identity, place=self._place)
        if identity != known:
            with self.created() as descriptor:
                if not known.id and _exists(descriptor, "id"):
                    self.set_aside(["id"])
                write_at(descriptor, "id", identity.to_file())
        return identity.id.encode()

    def whose(self) -> Identity:
        """Return what p2c noted of the folder; an empty identity where there is none."""
        with self.opened() as descriptor:
            return read_identity(None if descriptor is None else read_at(descriptor, "id", 20_000))

    @property
    def is_moved(self) -> bool:
        """The folder was moved or copied, with its state, since p2c last worked in it."""
        identity = self.whose()
        return bool(identity.id) and identity.place != self._place

    @property
    def _place(self) -> str:
        return str(self.root.resolve())

    def set_aside(self, names: list[str]) -> str:
        """Move entries to a folder of their own inside, whatever they are; return that folder's name."""
        with self.created() as top:
            number = 1
            while True:
                aside = f"{FOREIGN}{number}"
                try:
                    os.mkdir(aside, 0o700, dir_fd=top)
                    break
                except FileExistsError:
                    number += 1
        for name in names:
            folder, leaf = _split(name)
            with self.opened(*folder) as source, self.created(aside, *folder) as target, _gone():
                if source is not None:
                    os.rename(leaf, leaf, src_dir_fd=source, dst_dir_fd=target)
        return aside

    def _clear(self, folder: int, name: str) -> None:
        """Set aside what is not a regular file, or somebody else's too, before the name is appended to."""
        if is_strange(folder, _split(name)[1]):
            self.set_aside([name])

    def _is_ours(self, name: str, data: bytes) -> bool:
        codes = self._codes(name)
        id = self.identity() if codes else b""
        if not id:
            return False
        code = code_of(load_key(), id, _bytes(name), data)
        return any(same(code, expected) for expected in codes)

    def _codes(self, name: str) -> list[str]:
        with self.opened(SEALS) as seals:
            data = None if seals is None else read_at(seals, _seal(name), MOST_BYTES)
        return (data or b"").decode("ascii", "replace").split()

    @contextmanager
    def opened(self, *below: str) -> Iterator[int | None]:
        """Give the descriptor of `.p2c` or of a folder in it; None where it is missing (or, inside, no folder)."""
        with contextlib.ExitStack() as stack:
            try:
                folder = stack.enter_context(opened(self.root, (STATE, *below)))
            except OSError as error:
                self._refuse_strange_top(error)
                if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                    raise self._unusable(error, below) from error
                yield None
                return
            with self._os_errors():
                yield folder

    @contextmanager
    def created(self, *below: str) -> Iterator[int]:
        """Give the descriptor of `.p2c` or of a folder in it, made where it is missing."""
        with contextlib.ExitStack() as stack:
            try:
                folder = stack.enter_context(opened(self.root, (STATE, *below), create=True))
            except OSError as error:
                self._refuse_strange_top(error)
                raise self._unusable(error, below) from error
            with self._os_errors():
                yield folder

    def _refuse_strange_top(self, error: OSError) -> None:
        if self.path.is_symlink() or (self.path.exists() and not self.path.is_dir()):
            what = "a link" if self.path.is_symlink() else "not a folder"
            problem = f"{str(self.path)!r} is {what}; p2c keeps its state there and follows no links"
            raise InputError(problem, HINT) from error

    def _unusable(self, error: OSError, below: tuple[str, ...]) -> P2CError:
        kind = UnavailableError if error.errno in (errno.ENOSPC, errno.EDQUOT) else InputError
        return kind(f"{str(self.path.joinpath(*below))!r} cannot be used: {error.strerror or error}", HINT)

    @contextmanager
    def _os_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._unusable(error, (str(error.filename or ""),)) from error


def _gone() -> contextlib.suppress:
    return contextlib.suppress(FileNotFoundError)


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _split(name: str) -> tuple[tuple[str, ...], str]:
    *folder, leaf = name.split("/")
    if not all((leaf, *folder)) or {".", ".."} & {leaf, *folder}:
        raise ValueError(f"{name!r} is no name of a file of the state")
    return tuple(folder), leaf


def _seal(name: str) -> str:
    return hashlib.sha256(_bytes(name)).hexdigest()[:32]


def _exists(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True

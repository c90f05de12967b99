"""A repository as a value: text files in memory, everything else by its place on disk."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from p2c.errors import InputError
from p2c.files import write_bytes_whole
from p2c.paths import inside_path, is_private, is_settings, safe_path

__all__ = ["Repo", "encode", "inside_path", "is_private", "is_settings", "read", "read_text", "safe_path"]

MAX_TEXT = 1_000_000
"""Bytes; a longer file is an asset, whatever is in it. Python is text up to MAX_SOURCE."""
MAX_SOURCE = 10_000_000
"""Bytes of a `.py`; tables that a program wrote may be large, and are run all the same."""

LARGE, CHUNK = 1 << 30, 1 << 20
MAX_FOLDERS = 100
"""Levels of folders; walking through them and making them takes several frames a level, of Python's thousand."""
TEXT_SUFFIXES = frozenset(
    ".py .pyi .txt .md .rst .toml .cfg .ini .yaml .yml .json .sh .ipynb .csv .tsv .tex .in .lock .env".split()
)
IGNORED_DIRS = frozenset(
    ".git .p2c __pycache__ .venv .mypy_cache .ruff_cache .pytest_cache .tox .nox node_modules".split()
)


@dataclass(frozen=True)
class Repo:
    """Files by path (relative, slashes). Undecodable bytes of text files live on as surrogate escapes."""

    files: Mapping[str, str] = field(default_factory=dict)
    assets: Mapping[str, Path] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict, compare=False)
    """What lies in the folder and is no part of the repository, with the reason ("is ignored by git")."""

    def __post_init__(self) -> None:
        files = {inside_path(path): text for path, text in sorted(self.files.items())}
        assets = {inside_path(path): place for path, place in sorted(self.assets.items())}
        object.__setattr__(self, "files", MappingProxyType(files))
        object.__setattr__(self, "assets", MappingProxyType(assets))
        object.__setattr__(self, "left_out", MappingProxyType(dict(self.left_out)))

    @property
    def digest(self) -> str:
        """SHA-256 over paths and contents, 64 hex digits; assets count by content too."""
        total = hashlib.sha256()
        for path, text in self.files.items():
            data = encode(text)
            total.update(encode(f"{path}\0{len(data)}\0"))
            total.update(data)
        # A thousand links to one file are read once.
        digests = {place: _file_digest(place) for place in set(self.assets.values())}
        for path, place in self.assets.items():
            total.update(encode(f"{path}\0asset\0") + digests[place])
        return total.hexdigest()

    def with_files(self, changes: Mapping[str, str | None]) -> Repo:
        """Return another repository with these files written, and those with `None` gone.

        Raises InputError for a path outside, and for one that would take the place of what was left out.
        """
        files, assets = dict(self.files), dict(self.assets)
        for path, text in changes.items():
            path = inside_path(path)
            assets.pop(path, None)
            if text is None:
                files.pop(path, None)
                continue
            if path in self.left_out or is_settings(path):
                raise InputError(f"{path!r} {self.left_out.get(path, SETTINGS)}; it is not for p2c to write")
            files[path] = text
        return Repo(files, assets, self.left_out)

    def python_files(self) -> tuple[str, ...]:
        """Paths of the `.py` files, sorted."""
        return tuple(path for path in self.files if path.endswith(".py"))

    def unread_python(self) -> tuple[str, ...]:
        """Paths of the `.py` files that are no text that p2c reads, sorted."""
        return tuple(path for path in self.assets if path.endswith(".py"))

    def write(self, root: Path, before: Repo | None = None) -> None:
        """Make `root` hold this repository; files of `before` that are gone here are removed.

        Only what differs from disk is written, each file whole (written beside, then renamed). Raises InputError,
        before anything is written, where a symbolic link stands in the way, or a file that `before` does not know.
        """
        gone = [path for path in (before.files if before else ()) if path not in self.files and path not in self.assets]
        changed = [path for path, text in self.files.items() if _differs(root, path, text, before)]
        for path in (*gone, *changed, *self.assets):
            _refuse_links(root, path, before)
        known = {**before.files, **before.assets} if before is not None else self.files
        for path in changed:
            if path not in known and os.path.lexists(root / path):
                raise InputError(f"{path!r} is there already and is no part of the repository, so it stays as it is")
        for path in gone:
            (root / path).unlink(missing_ok=True)
        for path in changed:
            _write_file(root, path, encode(self.files[path]))
        for path, place in self.assets.items():
            if not (root / path).exists():
                _write_file(root, path, place.read_bytes())


SETTINGS = "may hold secrets"
LINK = "is a link, and not to a file of the repository"
LINK_OUT = "is a link that leads out of the repository"
SPECIAL = "is neither a file nor a folder"
MOST_LEFT_OUT = 5000
"""Names that are remembered of what was left out, first those that are told of; more would only cost memory."""

LeaveOut = Callable[[Path, Iterable[str]], Mapping[str, str]]
"""Says which of a folder's files are no part of the repository, with the reason."""


def encode(text: str) -> bytes:
    """Return the bytes that `read` took the text from."""
    return text.encode("utf-8", "surrogateescape")


def without_settings(_: Path, paths: Iterable[str]) -> dict[str, str]:
    """Leave out the files in which keys are kept."""
    return {path: SETTINGS for path in paths if is_settings(path)}


def read(root: Path, leave_out: LeaveOut = without_settings) -> Repo:
    """Read a folder: git's ignored caches and p2c's own folder stay out, and what `leave_out` names.

    A link is followed only to a regular file that is itself read; all other links, and what is no regular file, are
    in the result's `left_out`. Raises InputError for what is no folder, and for what in it cannot be read.
    """
    if not root.is_dir():
        raise InputError(f"{str(root)!r} is not a folder", "Name the folder of a repository.")
    try:
        return _read(root, leave_out)
    except OSError as error:
        raise _unreadable(error) from error


def _read(root: Path, leave_out: LeaveOut) -> Repo:
    entries = dict(_walk(root))
    left = {path: why for path, why in entries.items() if why} | dict(leave_out(root, entries))
    regular = entries.keys() - left.keys()
    places = {path: root / path for path in regular}
    for path, why in entries.items():
        if why == LINK and left[path] == LINK:
            target = _target(root, path)
            if target in regular:
                places[path] = root / target
                del left[path]
            elif not target:
                left[path] = LINK_OUT
    files: dict[str, str] = {}
    assets: dict[str, Path] = {}
    for path, place in places.items():
        text = None if is_settings(path) else read_text(place)
        if text is None:
            assets[path] = place.resolve()
        else:
            files[path] = text
    kept = sorted(left, key=lambda path: (left[path] not in (LINK, LINK_OUT, SPECIAL), path))[:MOST_LEFT_OUT]
    return Repo(files, assets, {path: left[path] for path in sorted(kept)})


def _walk(root: Path) -> Iterator[tuple[str, str]]:
    """Yield each file's path, with why it cannot be read as it is ('' for regular files)."""
    for folder, names, filenames in os.walk(root, onerror=_refuse):
        here = Path(folder)
        if len(here.parts) - len(root.parts) > MAX_FOLDERS:
            raise InputError(f"{str(root)!r} has folders nested more than {MAX_FOLDERS} levels deep")
        inner = [name for name in names if not _is_ignored(name)]
        links = [name for name in inner if (here / name).is_symlink()]
        names[:] = sorted(n for n in inner if n not in links and not is_environment(here / n))
        for name in sorted([*links, *(name for name in filenames if not _is_ignored(name))]):
            mode = (here / name).lstat().st_mode
            why = "" if stat.S_ISREG(mode) else LINK if stat.S_ISLNK(mode) else SPECIAL
            yield (here / name).relative_to(root).as_posix(), why


def is_environment(folder: Path) -> bool:
    """Tell whether a folder is a Python environment: by its pyvenv.cfg, or as virtualenv made them once."""
    return any(
        os.path.lexists(folder / mark) for mark in ("pyvenv.cfg", "bin/activate_this.py", "Scripts/activate.bat")
    )


def _is_ignored(name: str) -> bool:
    return name in IGNORED_DIRS or is_private(name)


def _target(root: Path, path: str) -> str:
    """Return where a link ends, as a path inside; '' if that is outside."""
    inside, target = os.path.realpath(root), os.path.realpath(root / path)
    return target[len(inside) :].lstrip("/") if target.startswith(f"{inside.rstrip('/')}/") else ""


def _refuse(error: OSError) -> None:
    raise error


def _unreadable(error: OSError) -> InputError:
    what = os.fsdecode(error.filename or "") if isinstance(error.filename, str | bytes) else str(error.filename)
    return InputError(f"{what!r} cannot be read: {error.strerror}", "All files of the folder must be readable.")


def read_text(place: Path) -> str | None:
    """Return a regular file's text; None where it is long or none. Raises OSError, for a link too."""
    # Neither a link nor a fifo that took the file's place since it was listed is read, or waited for.
    descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(place))
        if about.st_size > (MAX_SOURCE if place.suffix == ".py" else MAX_TEXT):
            return None
        data = stream.read()
    if place.suffix in TEXT_SUFFIXES:
        return data.decode("utf-8", "surrogateescape")
    try:
        return None if b"\0" in data else data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _file_digest(place: Path) -> bytes:
    with place.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if size <= LARGE:
            return hashlib.file_digest(stream, "sha256").digest()
        return _large_digest(stream.fileno(), size)


def _large_digest(file: int, size: int) -> bytes:
    """Return a digest that takes time for the data that is there alone: a sparse file says that it has terabytes."""
    total, at = hashlib.sha256(f"large\0{size}\0".encode()), 0
    while at < size:
        try:
            at = os.lseek(file, at, os.SEEK_DATA) // CHUNK * CHUNK
        except OSError as error:
            if error.errno == errno.ENXIO:
                break  # nothing but a hole to the end
        chunk = os.pread(file, min(CHUNK, size - at), at)
        if chunk.strip(b"\0"):  # zeros that were written are no other content than a hole
            total.update(at.to_bytes(8, "big") + chunk)
        at += CHUNK
    return total.digest()


def _differs(root: Path, path: str, text: str, before: Repo | None) -> bool:
    target = root / path
    if target.is_symlink():
        return before is None or before.files.get(path) != text
    return not target.is_file() or target.read_bytes() != encode(text)


def _refuse_links(root: Path, path: str, before: Repo | None) -> None:
    """A link that was read through may go or be replaced; nothing is ever written through one."""
    target = root / path
    own = [] if before is not None and path in before.files else [target]
    for parent in [*own, *target.parents]:
        if parent == root:
            break
        if parent.is_symlink():
            raise InputError(f"{parent} is a symbolic link, so {path!r} is not written through it")


def _write_file(root: Path, path: str, data: bytes) -> None:
    target = root / path
    mode = target.stat().st_mode & 0o777 if target.is_file() else 0o755 if data[:2] == b"#!" else 0o644
    write_bytes_whole(target, data, mode)

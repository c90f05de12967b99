"""A repository as a value: text files in memory, everything else by its place on disk."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from p2c.errors import InputError

MAX_TEXT = 1_000_000
"""Bytes; a longer file is an asset, whatever is in it."""

MAX_FOLDERS = 100
"""Levels of folders; walking through them and making them takes several frames a level, of Python's thousand."""
TEXT_SUFFIXES = frozenset(
    ".py .pyi .txt .md .rst .toml .cfg .ini .yaml .yml .json .sh .ipynb .csv .tsv .tex .in .lock .env".split()
)
IGNORED_DIRS = frozenset(
    ".git .p2c __pycache__ .venv venv .mypy_cache .ruff_cache .pytest_cache .tox .nox node_modules".split()
)


def safe_path(path: str) -> str:
    """Return `path` in its one normal form, relative and with slashes; raise InputError if it leaves."""
    parts = PurePosixPath(path).parts
    bad = (
        not path
        or "\\" in path
        or "\0" in path
        or path.startswith("/")
        or ".." in parts
        or not parts
        or parts[0] in {".git", ".p2c"}
        or (len(parts[0]) == 2 and parts[0][1] == ":")
    )
    if bad:
        raise InputError(f"{path!r} is not a path inside the repository")
    return "/".join(parts)


@dataclass(frozen=True)
class Repo:
    """Files by path (relative, slashes). Undecodable bytes of text files live on as surrogate escapes."""

    files: Mapping[str, str] = field(default_factory=dict)
    assets: Mapping[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        files = {safe_path(path): text for path, text in sorted(self.files.items())}
        assets = {safe_path(path): place for path, place in sorted(self.assets.items())}
        object.__setattr__(self, "files", MappingProxyType(files))
        object.__setattr__(self, "assets", MappingProxyType(assets))

    @property
    def digest(self) -> str:
        """SHA-256 over paths and contents, 64 hex digits; assets count by content too."""
        total = hashlib.sha256()
        for path, text in self.files.items():
            data = encode(text)
            total.update(encode(f"{path}\0{len(data)}\0"))
            total.update(data)
        for path, place in self.assets.items():
            total.update(encode(f"{path}\0asset\0") + _file_digest(place))
        return total.hexdigest()

    def with_files(self, changes: Mapping[str, str | None]) -> Repo:
        """Return another repository with these files written, and those with `None` gone."""
        files, assets = dict(self.files), dict(self.assets)
        for path, text in changes.items():
            path = safe_path(path)
            assets.pop(path, None)
            if text is None:
                files.pop(path, None)
            else:
                files[path] = text
        return Repo(files, assets)

    def python_files(self) -> tuple[str, ...]:
        """Paths of the `.py` files, sorted."""
        return tuple(path for path in self.files if path.endswith(".py"))

    def write(self, root: Path, before: Repo | None = None) -> None:
        """Make `root` hold this repository; files of `before` that are gone here are removed.

        Only what differs from disk is written, each file whole (written beside, then renamed).
        Raises InputError, before anything is written, where a symbolic link stands in the way.
        """
        for path in (*self.files, *self.assets):
            _refuse_links(root, path)
        for path in before.files if before else ():
            if path not in self.files and path not in self.assets:
                (root / path).unlink(missing_ok=True)
        for path, text in self.files.items():
            _write_file(root, path, encode(text))
        for path, place in self.assets.items():
            target = root / path
            if not target.exists():
                _write_file(root, path, place.read_bytes())


def encode(text: str) -> bytes:
    """Return the bytes that `read` took the text from."""
    return text.encode("utf-8", "surrogateescape")


def read(root: Path) -> Repo:
    """Read a folder: git's ignored caches and p2c's own folder stay out, links that leave it too.

    Raises InputError for what is no folder, and for what in it cannot be read.
    """
    if not root.is_dir():
        raise InputError(f"{str(root)!r} is not a folder", "Give the folder of a repository.")
    try:
        return _read(root)
    except OSError as error:
        raise _unreadable(error) from error


def _read(root: Path) -> Repo:
    files: dict[str, str] = {}
    assets: dict[str, Path] = {}
    for place in _walk(root):
        path = place.relative_to(root).as_posix()
        text = _text(place)
        if text is None:
            assets[path] = place.resolve()
        else:
            files[path] = text
    return Repo(files, assets)


def _walk(root: Path) -> Iterator[Path]:
    inside = root.resolve()
    for folder, names, filenames in os.walk(root, onerror=_refuse):
        here = Path(folder)
        if len(here.parts) - len(root.parts) > MAX_FOLDERS:
            raise InputError(f"{str(root)!r} has folders in each other more than {MAX_FOLDERS} levels deep")
        names[:] = sorted(n for n in names if n not in IGNORED_DIRS and not (here / n / "pyvenv.cfg").exists())
        for name in sorted(filenames):
            place = here / name
            if place.is_symlink() and not place.resolve().is_relative_to(inside):
                continue
            if place.is_file():
                yield place


def _refuse(error: OSError) -> None:
    raise error


def _unreadable(error: OSError) -> InputError:
    what = os.fsdecode(error.filename or "") if isinstance(error.filename, str | bytes) else str(error.filename)
    return InputError(f"{what!r} cannot be read: {error.strerror}", "What is checked has to be readable as a whole.")


def _text(place: Path) -> str | None:
    if place.stat().st_size > MAX_TEXT:
        return None
    data = place.read_bytes()
    if place.suffix in TEXT_SUFFIXES:
        return data.decode("utf-8", "surrogateescape")
    try:
        return None if b"\0" in data else data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _file_digest(place: Path) -> bytes:
    with place.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _refuse_links(root: Path, path: str) -> None:
    target = root / path
    for parent in [target, *target.parents]:
        if parent == root:
            break
        if parent.is_symlink():
            raise InputError(f"{parent} is a symbolic link, so {path!r} is not written through it")


def _write_file(root: Path, path: str, data: bytes) -> None:
    target = root / path
    if target.is_file() and target.read_bytes() == data:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(target.name + ".p2c-new")
    beside.write_bytes(data)
    beside.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o755 if data[:2] == b"#!" else 0o644)
    beside.replace(target)

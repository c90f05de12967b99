"""A checkout as git may see it: through a git directory of p2c's own that names none of the repository's programs.

It holds what is data alone: the commit, copies of the index and of the lists of ignored files and attributes, and the
settings of the working tree's file system. Objects are read from the repository and written here; what is to last is
copied to the repository's own directory, through no link. So nothing has to be known of what git's configuration can
start: there is no key of the repository's that git reads.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from p2c.errors import InputError
from p2c.git.files import GitFiles
from p2c.git.places import GitLocation, require_format
from p2c.git.program import is_true, quoted, run_git
from p2c.git.refs import Ref, read_ref

IDENTITY = {
    "GIT_AUTHOR_NAME": "p2c",
    "GIT_AUTHOR_EMAIL": "p2c@localhost",
    "GIT_COMMITTER_NAME": "p2c",
    "GIT_COMMITTER_EMAIL": "p2c@localhost",
}
_FLAGS = ("filemode", "ignorecase", "symlinks", "precomposeunicode", "trustctime")
_WORDS = {"checkstat": {"default", "minimal"}, "eol": {"lf", "crlf", "native"}}
_LISTS = frozenset({".gitignore", ".gitattributes", ".mailmap"})
_IGNORED = ".config/git/ignore"
"""What the user ignores everywhere, below their home."""
_PREFIX = "p2c-git-"
_STALE = 24 * 3600.0
_STORES = 16
_DEPTH = 2  # objects/info/commit-graphs/: git reads nothing that lies deeper


@dataclass(frozen=True)
class Checkout:
    """A place seen through the git directory `folder`; `index` is what its index was, with the file's date."""

    place: GitLocation
    folder: Path
    head: Ref
    index: tuple[bytes, int] | None
    stores: tuple[Path, ...] = ()

    def git(self, *words: str, stdin: bytes = b"", index: str = "index", exits: tuple[int, ...] = (0,)) -> bytes:
        """Run git over the working tree; `index` names a file of `folder`."""
        env = {
            **IDENTITY,
            "GIT_DIR": str(self.folder),
            "GIT_WORK_TREE": str(self.place.top),
            "GIT_INDEX_FILE": str(self.folder / index),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.pathsep.join(quoted(str(store)) for store in self.stores),
        }
        try:
            return run_git(words, env, self.folder, stdin, exits)
        except InputError as error:
            raise InputError(f"{str(self.place.top)!r}: {error.message}", error.hint) from error

    def say(self, *words: str, stdin: bytes = b"", index: str = "index") -> str:
        """Run git and return its one line."""
        return os.fsdecode(self.git(*words, stdin=stdin, index=index)).strip()

    def paths(self, *words: str) -> list[str]:
        """Run git and return the entries that it ends with NUL each."""
        return [os.fsdecode(entry) for entry in self.git(*words).split(b"\0") if entry]

    def keep_objects(self) -> None:
        """Copy the objects that were made here to the repository."""
        store = self.folder / "objects"
        objects = [place for place in store.rglob("*") if place.is_file()]
        for place in sorted(objects, key=lambda place: (place.suffix == ".idx", place)):
            self.place.common.add(f"objects/{place.relative_to(store).as_posix()}", place)


@contextmanager
def opened(place: GitLocation, commits: bool = True) -> Iterator[Checkout]:
    """Give a checkout for a while, without `commits` its index alone.

    Raises InputError for what git or p2c cannot read of it.
    """
    head = require_readable(place) if commits else Ref("HEAD", "")
    if commits:
        _refuse_pipes(place.top)
    stores = _stores(place.common)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for inner in ("objects", "refs"):
            (folder / inner).mkdir()
        (folder / "HEAD").write_text(f"{head.commit or 'ref: refs/heads/none'}\n", encoding="ascii")
        _copy_data(place, folder)
        yield Checkout(place, folder, head, _copy_index(place.private, folder), stores)


def sweep() -> None:
    """Remove what p2cs that were killed left of their git directories: none is worked with for a day."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            about = folder.lstat()
            if about.st_uid == os.geteuid() and about.st_mtime < time.time() - _STALE:
                shutil.rmtree(folder, ignore_errors=True)


def require_readable(place: GitLocation) -> Ref:
    """Return what is checked out; raises InputError for a repository that p2c cannot read or commit to."""
    require_format(place)
    return read_ref(place)


def _copy_data(place: GitLocation, folder: Path) -> None:
    """Copy what is data alone: settings of the file system, what is ignored, attributes, where a history was cut."""
    own = b""
    with suppress(OSError, RuntimeError):
        own = (Path.home() / _IGNORED).read_bytes()
    (folder / "exclude").write_bytes(own + b"\n" + (place.common.read("info/exclude") or b""))
    (folder / "config").write_text(_settings(place, folder / "exclude"), encoding="utf-8", errors="surrogateescape")
    attributes, cut = place.common.read("info/attributes"), place.common.read("shallow")
    if attributes:
        (folder / "info").mkdir()
        (folder / "info" / "attributes").write_bytes(attributes)
    if cut:
        (folder / "shallow").write_bytes(cut)


def _settings(place: GitLocation, exclude: Path) -> str:
    """Write what a configuration has to say of the file system and of the form of the objects, and nothing else."""
    config = place.config
    core = {key: str(is_true(config[f"core.{key}"])).lower() for key in _FLAGS if f"core.{key}" in config}
    core |= {key: config[f"core.{key}"] for key, words in _WORDS.items() if config.get(f"core.{key}") in words}
    core |= {"autocrlf": "false", "fsmonitor": "false", "untrackedCache": "false", "splitIndex": "false"}
    core |= {"excludesFile": quoted(str(exclude)), "attributesFile": os.devnull}
    core |= {"bare": "false", "hooksPath": os.devnull, "repositoryFormatVersion": "1", "logAllRefUpdates": "false"}
    form = config.get("extensions.objectformat", "sha1")
    lines = "".join(f"\t{key} = {value}\n" for key, value in core.items())
    return f"[core]\n{lines}[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[extensions]\n\tobjectFormat = {form}\n"


def _copy_index(private: GitFiles, folder: Path) -> tuple[bytes, int] | None:
    """Copy the index with its date: git looks again at files that changed in the same moment that it was written."""
    dated = private.read_dated("index")
    if dated is None:
        return None
    data, changed = dated
    (folder / "index").write_bytes(data)
    os.utime(folder / "index", ns=(changed, changed))
    for place in private.root.glob("sharedindex.*"):
        (folder / place.name).write_bytes(private.read(place.name) or b"")
    return dated


def _stores(common: GitFiles) -> tuple[Path, ...]:
    """Return where the repository's objects are, and those of the repositories that it borrows from."""
    stores: list[Path] = []
    wanted = [common.root / "objects"]
    while wanted and len(stores) < _STORES:
        store = wanted.pop()
        if store not in stores:
            stores.append(store)
            _refuse_odd(store)
            wanted += _borrowed(store)
    return tuple(stores)


def _borrowed(store: Path) -> list[Path]:
    text = os.fsdecode(GitFiles(store).read("info/alternates") or b"")
    lines = [line for line in text.split("\n") if line and not line.startswith("#")]
    with suppress(OSError, RuntimeError, ValueError):
        return [place for place in (Path(store, line).resolve() for line in lines) if place.is_dir()]
    return []


def _refuse_pipes(top: Path) -> None:
    """Raise InputError for a list of git's in the work tree that is a pipe: git would wait for what it has to say."""
    for folder, names, files in os.walk(top):
        names[:] = [name for name in names if name != ".git"]
        for name in _LISTS.intersection(files):
            place = Path(folder, name)
            with suppress(OSError):
                if not stat.S_ISREG(place.stat().st_mode):
                    raise InputError(
                        f"{str(place)!r} is not a regular file", "git reads it, so p2c does not run git here."
                    )


def _refuse_odd(folder: Path, depth: int = _DEPTH) -> None:
    """Raise InputError for what is not a regular file or folder: git would wait for ever for what a pipe has to say."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if depth:
                        _refuse_odd(Path(entry.path), depth - 1)
                elif not entry.is_file(follow_symlinks=False):
                    raise InputError(f"{entry.path!r} is not a regular file", "p2c follows no links below .git.")
    except OSError as error:
        raise InputError(f"{str(folder)!r} cannot be read: {error.strerror}") from error

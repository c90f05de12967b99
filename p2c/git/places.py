"""Which repository a folder is a checkout of: only one whose git directory names this very folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from p2c.errors import InputError, UsageError
from p2c.git.files import GitFiles
from p2c.git.program import is_true, read_config

_KNOWN = frozenset("noop noop-v1 partialclone preciousobjects relativeworktrees worktreeconfig".split())
"""Extensions of the repository's format that change nothing of what p2c reads and writes."""
_FORMS = {("objectformat", "sha1"), ("objectformat", "sha256"), ("refstorage", "files")}


class ForeignGitError(UsageError):
    """`.git` leads to a repository that is not this folder's own."""


@dataclass(frozen=True)
class GitLocation:
    """A checkout: its top folder, its own git directory and the one it shares with its repository's other worktrees.

    The two are the same but in a worktree. `config` is what the configuration says, never obeyed as a whole.
    """

    top: Path
    private: GitFiles
    common: GitFiles
    config: Mapping[str, str] = field(default_factory=dict)


def locate(root: Path) -> GitLocation | None:
    """Return the checkout that holds `root`, None where there is none.

    Raises ForeignGitError where `.git` leads elsewhere, InputError where it cannot be read.
    """
    here = root.resolve()
    about = here.stat()
    for top in (here, *here.parents):
        if top.stat().st_dev != about.st_dev:
            return None
        place = _at(top)
        if place is not None:
            return _ours(place, here)
    return None


def _ours(place: GitLocation, here: Path) -> GitLocation | None:
    """The place, unless it is another user's repository around the folder, or the folder is git's own."""
    owners = {os.geteuid(), here.stat().st_uid}
    theirs = any(files.root.stat().st_uid not in owners for files in (place.private, place.common))
    if theirs and place.top == here:
        raise _foreign(place.top, "it belongs to another user")
    return None if theirs or ".git" in here.relative_to(place.top).parts else place


def _at(top: Path) -> GitLocation | None:
    mark = top / ".git"
    mode = _mode(mark)
    if stat.S_ISDIR(mode):
        return _plain(top, GitFiles(mark)) if _is_repository(mark) else None
    if stat.S_ISREG(mode):
        return _led(top)
    if mode:
        raise _foreign(top, "it is neither a folder nor a file")
    return None


def _plain(top: Path, files: GitFiles) -> GitLocation:
    if _mode(files.root / "commondir"):
        raise _foreign(top, "its commondir names another")
    config = _config(files, files)
    worktree = config.get("core.worktree")
    if worktree is not None and _resolve(files.root, worktree) != top:
        raise _foreign(top, "its core.worktree names another folder")
    if is_true(config.get("core.bare", "false")):
        raise _foreign(top, "it is bare")
    return GitLocation(top, files, files, config)


def _led(top: Path) -> GitLocation:
    """Return the place that a `.git` file leads to: a worktree's or a submodule's, if that names this folder too."""
    text = _text(GitFiles(top), ".git")
    target = _resolve(top, text.removeprefix("gitdir:").strip())
    if not text.startswith("gitdir:") or not stat.S_ISREG(_mode(target / "HEAD")):
        raise _foreign(top, "its target does not exist")
    private = GitFiles(target)
    shared = _text(private, "commondir")
    if not shared:
        return _submodule(top, private)
    common = _resolve(target, shared)
    back = _resolve(target, _text(private, "gitdir")).parent
    if target.parent != common / "worktrees" or back != top or not _is_repository(common):
        raise _foreign(top, "it has no worktree here", "If you moved it here yourself: git worktree repair.")
    return GitLocation(top, private, GitFiles(common), _config(private, GitFiles(common)))


def _submodule(top: Path, files: GitFiles) -> GitLocation:
    config = _config(files, files)
    worktree = config.get("core.worktree")
    if worktree is None or _resolve(files.root, worktree) != top or not _is_repository(files.root):
        hint = "If it is: git config core.worktree with this folder's path."
        raise _foreign(top, "its core.worktree does not name this folder", hint)
    return GitLocation(top, files, files, config)


def _config(private: GitFiles, common: GitFiles) -> Mapping[str, str]:
    """Read the configuration of the repository, and what a worktree's own says of where it lies."""
    config = read_config(common.read("config") or b"")
    if not is_true(config.get("extensions.worktreeconfig", "false")):
        return config
    return {**config, **read_config(private.read("config.worktree") or b"")}


def require_format(place: GitLocation) -> None:
    """Raise InputError where the repository is kept in a form that p2c cannot read refs and objects of."""
    for key, value in place.config.items():
        section, _, name = key.partition(".")
        usual = name in _KNOWN or (name, value) in _FORMS
        if section == "extensions" and not usual:
            raise InputError(
                f"{str(place.top)!r} is a git repository in a format that p2c cannot commit to: {key} is {value!r}",
                "Work on a clone in the usual format (git clone --ref-format=files), or on a copy without .git.",
            )


def _foreign(top: Path, why: str, hint: str = "") -> ForeignGitError:
    return ForeignGitError(f"{str(top / '.git')!r} is not a repository of this folder: {why}", hint)


def _is_repository(folder: Path) -> bool:
    """What git itself asks of a directory before it takes it for a repository."""
    modes = {name: _mode(folder / name) for name in ("HEAD", "objects", "refs")}
    for name, mode in modes.items():
        if stat.S_ISLNK(mode):
            raise InputError(f"{str(folder / name)!r} is a link", "p2c follows no links below .git.")
    return stat.S_ISREG(modes["HEAD"]) and stat.S_ISDIR(modes["objects"]) and stat.S_ISDIR(modes["refs"])


def _mode(place: Path) -> int:
    """Return the kind of what lies at a place, links as such; 0 for nothing."""
    try:
        return place.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0
    except OSError as error:
        raise InputError(f"{str(place)!r} cannot be read: {error.strerror}") from error


def _resolve(folder: Path, path: str) -> Path:
    try:
        return (folder / path).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links; a name with a NUL
        raise InputError(f"{str(folder)!r} names the path {path!r}, which cannot be followed") from error


def _text(files: GitFiles, path: str) -> str:
    return os.fsdecode(files.read(path) or b"").removesuffix("\n")

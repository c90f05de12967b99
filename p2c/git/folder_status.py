"""What git says of a folder: what it tracks, what is not committed, the commit that is checked out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from p2c.errors import P2CError
from p2c.git.checkout import opened
from p2c.git.commits import submodules
from p2c.git.places import ForeignGitError, GitLocation, locate
from p2c.git.refs import read_ref
from p2c.state_folder import STATE


def around(root: Path) -> Path | None:
    """Return the git repository in which a folder lies that is none of its own (yet); None where there is none."""
    here = root.absolute()
    if os.path.lexists(here / ".git"):
        return None
    return next((folder for folder in here.parents if os.path.lexists(folder / ".git")), None)


def tracked(root: Path) -> frozenset[str] | None:
    """Return the paths in git's index below `root`, relative to it.

    None where `root` is no checkout that can be read, or git is missing.
    """
    try:
        place = locate(root)
        if place is None:
            return None
        with opened(place, commits=False) as checkout:
            prefix = prefix_of(place, root)
            paths = checkout.paths("ls-files", "-z")
    except P2CError:
        return None
    return frozenset(path.removeprefix(prefix) for path in paths if path.startswith(prefix))


def uncommitted(root: Path, untracked: bool = True) -> tuple[str, ...]:
    """Return what is changed or new below `root`, as `git status --porcelain` words it, submodules' files too."""
    place = locate(root)
    if place is None:
        return ()
    files = "--untracked-files=normal" if untracked else "--untracked-files=no"
    words = ("status", "--porcelain", "-z", "--no-renames", "--ignore-submodules=all", files, "--")
    with opened(place) as checkout:
        prefix = prefix_of(place, root)
        lines = checkout.paths(*words, prefix or ".")
        inner = submodules(checkout, prefix)
    ours = [f"{line[:3]}{line[3:].removeprefix(prefix)}" for line in lines]
    return tuple(ours + [line for path in inner for line in _inside(place.top / path, path.removeprefix(prefix))])


def _inside(folder: Path, path: str) -> list[str]:
    """What is not committed in a submodule; one that is not there, behind a link, or nobody's, has nothing."""
    if any(place.is_symlink() for place in [folder, *folder.parents][: path.count("/") + 1]):
        return []
    try:
        repository = locate(folder) if (folder / ".git").exists() else None
        lines = uncommitted(folder) if repository and repository.top == folder.resolve() else ()
    except ForeignGitError:
        return []
    return [f"{line[:3]}{path}/{line[3:]}" for line in lines]


def last_change(root: Path, without: str) -> str:
    """Return the day (YYYY-MM-DD) of the newest commit below `root` that has no line like `without`; '' without git."""
    try:
        place = locate(root)
        if place is None:
            return ""
        with opened(place) as checkout:
            words = ("log", "-1", "--format=%as", "--invert-grep", "--grep", without, checkout.head.commit, "--")
            return checkout.say(*words, prefix_of(place, root) or ".") if checkout.head.commit else ""
    except P2CError:
        return ""


@dataclass(frozen=True)
class GitStatus:
    """What git says of a folder: the commit that is checked out, whether the files are that commit's, and the address
    of the repository that it was cloned from. `clean` is None where git knows nothing of the folder."""

    commit: str = ""
    clean: bool | None = None
    remote: str = ""
    changed: tuple[str, ...] = ()
    """What is not committed, as `git status --porcelain` words it."""


def read_status(root: Path) -> GitStatus:
    """Return what git says of `root`; of a folder in which it tracks nothing, or that it cannot read, that is nothing.

    A folder inside of somebody's checkout that is not part of it is of none of its commits.
    """
    try:
        place = locate(root)
        commit = read_ref(place).commit if place else ""
        if place is None or not commit or (place.top != root.resolve() and not tracked(root)):
            return GitStatus()
        changed = tuple(line for line in uncommitted(root) if line[3:].split("/")[0] != STATE)
        return GitStatus(commit, not changed, place.config.get("remote.origin.url", ""), changed)
    except P2CError:
        return GitStatus()


def prefix_of(place: GitLocation, root: Path) -> str:
    """The path of `root` in its checkout, '' or with a slash at its end."""
    inner = root.resolve().relative_to(place.top).as_posix()
    return "" if inner == "." else f"{inner}/"

"""The git history of a folder that p2c writes: one commit per accepted state.

Everything goes through `git.checkout`: nothing that the folder's own git configuration names is run or read.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from p2c.errors import InputError, P2CError, UsageError
from p2c.git.checkout import Checkout, opened, require_readable, sweep
from p2c.git.commits import WHO, ChangedError, commit_files, committable, make_commit, make_tree, move
from p2c.git.files import GitFiles
from p2c.git.folder_status import prefix_of, uncommitted
from p2c.git.places import GitLocation, locate
from p2c.git.program import run_git
from p2c.git.refs import log_move, read_ref, write_ref
from p2c.repo import Repo, safe_path
from p2c.state_folder import STATE

HEAD = "refs/p2c/head"
_WRITING = "p2c-writing"
_TRIES = 5


def is_checkout(root: Path, force: bool = False) -> bool:
    """Whether git keeps the history of `root`, so that what is written there can be committed.

    Raises InputError where it cannot be, as `.git` leads to a repository of another folder; with `force` that is no.
    """
    sweep()
    try:
        place = locate(root)
        if place is not None:
            require_readable(place)
            return True
    except UsageError as error:
        if not force:
            hint = "Or use --force to continue without commits, or --diff to leave the folder as it is."
            raise InputError(error.message, f"{error.hint}\n{hint}".strip()) from error
    return False


def commit_paths(root: Path, paths: Collection[str], message: str) -> str:
    """Commit these files of `root` as they lie there, alone, on the branch that is checked out.

    Those that git ignores, and those of repositories inside, are left out. Other work, staged or not, stays as it is.
    Returns the commit's hash, '' where nothing differs. Done again after a kill it does the same.
    """
    for _ in range(_TRIES):
        place = locate(root)
        if place is None:
            return ""
        with suppress(ChangedError), opened(place) as checkout:
            prefix = prefix_of(place, root)
            ours = committable(checkout, [prefix + path for path in paths])
            return commit_files(checkout, ours, message) if ours else ""
    raise UsageError(
        f"{str(root)!r}: another git process keeps changing the index",
        "Wait until it ends, then run the command again.",
    )


def commit_all(root: Path, message: str) -> None:
    """Make `root`, which has no `.git` yet, a repository whose first commit is all that is there and not ignored."""
    _init(root)
    with opened(_own(root)) as checkout:
        checkout.git("add", "--all", "--", ".")
        commit = make_commit(checkout, checkout.say("write-tree"), "", message)
        move(checkout, commit, message)


def check_out(root: Path, commit: str, target: Path) -> None:
    """Write the files of a commit into the new folder `target`, as a clone of the repository has them."""
    target.mkdir(parents=True)
    with opened(_own(root)) as checkout:
        there = replace(checkout, place=replace(checkout.place, top=target.resolve()))
        there.git("read-tree", "--reset", "-u", commit, index="clone")


def is_as_published(root: Path) -> bool | None:
    """Whether `root` is what p2c delivered: its last commit, and nothing changed since; None where p2c made none."""
    try:
        place = locate(root)
        ours = read_ref(place, HEAD).commit if place else ""
        if place is None or not ours or place.top != root.resolve():
            return None
        return ours == read_ref(place).commit and not uncommitted(root)
    except P2CError:
        return None


def exclude_state(root: Path) -> None:
    """Have git ignore p2c's own folder in `root`, without touching a file of a person's: it says so itself."""
    files, path = GitFiles(root.resolve()), f"{STATE}/.gitignore"
    if files.read(path) != b"*\n":
        files.write(path, b"*\n")


@dataclass(frozen=True)
class Commit:
    """A commit of the output: its hash, its tree's hash, its message."""

    id: str
    tree: str
    message: str


class GitHistory:
    """The git repository in `root`, one commit per accepted state.

    A resumed run calls `commit` with the same states again: commits that are there already are walked over,
    the first that differs replaces the rest.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        sweep()
        if not os.path.lexists(root / ".git"):
            _init(root)
        exclude_state(root)
        self._place = _own(root)
        self._known = self._read()
        self._at = 0
        self._head = ""

    def refuse_foreign_work(self, force: bool = False) -> None:
        """Raise UsageError if a person committed or changed something here since p2c's last write."""
        if force or not self._known or self._place.private.read(_WRITING) is not None:
            return
        if read_ref(self._place).commit != self._known[-1].id:
            raise UsageError(
                f"{str(self.root)!r} has commits that p2c did not make",
                "Choose another folder with -o, or use --force to overwrite them.",
            )
        changed = uncommitted(self.root, untracked=False)
        if changed:
            raise UsageError(
                f"{str(self.root)!r} has uncommitted changes: {changed[0].strip()}",
                "Commit them elsewhere, or use --force to overwrite them.",
            )

    def commit(self, repo: Repo, message: str) -> str:
        """Make this state the newest commit and what lies in the folder; return the commit's hash."""
        with opened(self._place) as checkout:
            tree = make_tree(checkout, repo)
            known = self._known[self._at] if self._at < len(self._known) else None
            if known and known.tree == tree and known.message == message.strip():
                self._head = known.id
            else:
                del self._known[self._at :]
                self._head = make_commit(checkout, tree, self._head, message)
                self._known.append(Commit(self._head, tree, message.strip()))
                checkout.keep_objects()
        self._at += 1
        return self._head

    def publish(self, repo: Repo, last: bool = False) -> None:
        """Put the newest commit and its files in the folder; nothing else there is touched.

        While a resumed run still walks over known commits nothing is written, so that a second kill loses
        nothing; `last` ends the history here.
        """
        if self._at < len(self._known) and not last:
            return
        del self._known[self._at :]
        self._place.private.write(_WRITING, b"")
        with opened(self._place) as checkout:
            before = self._published_paths(checkout)
            repo.write(self.root)
            for path in before - set(repo.files) - set(repo.assets):
                _remove(self.root, path)
            self._point(checkout)
        self._place.private.remove(_WRITING)

    @property
    def head(self) -> str:
        """Hash of the newest commit; empty before the first."""
        return self._head

    def _point(self, checkout: Checkout) -> None:
        """Make the newest commit the branch, and the index what it holds."""
        main = read_ref(self._place, "refs/heads/main")
        if main.commit != self._head:
            log_move(self._place, main, self._head, WHO, "build")
        for name, text in (("refs/heads/main", self._head), ("HEAD", "ref: refs/heads/main"), (HEAD, self._head)):
            write_ref(self._place, name, text)
        checkout.git("read-tree", "--reset", self._head)
        checkout.git("update-index", "-q", "--refresh", exits=(0, 1))
        new_index = checkout.folder / "index"
        with self._place.private.lock("index") as index:
            index.put(new_index.read_bytes(), new_index.stat().st_mtime_ns)

    def _published_paths(self, checkout: Checkout) -> set[str]:
        commits = {read_ref(self._place, name).commit for name in ("HEAD", HEAD)} - {""}
        return {path for commit in commits for path in checkout.paths("ls-tree", "-r", "-z", "--name-only", commit)}

    def _read(self) -> list[Commit]:
        newest = read_ref(self._place, HEAD).commit
        if not newest:
            return []
        with opened(self._place) as checkout:
            form = "--format=%H%x00%T%x00%B%x01"
            log = os.fsdecode(checkout.git("log", "--reverse", "--first-parent", form, newest, "--"))
        entries = (entry.strip("\n").split("\0") for entry in log.split("\x01") if entry.strip("\n"))
        return [Commit(entry[0], entry[1], entry[2].strip()) for entry in entries]


def _remove(root: Path, path: str) -> None:
    """Remove a file that p2c published, not through a link."""
    place = root / safe_path(path)
    if place.parent.resolve().is_relative_to(root.resolve()):
        place.unlink(missing_ok=True)


def _init(root: Path) -> None:
    run_git(("init", "--quiet", "--initial-branch=main", str(root.resolve())), {}, Path("/"))


def _own(root: Path) -> GitLocation:
    """Return the place of `root` itself, with its own `.git` folder; raises UsageError for any other."""
    place = locate(root)
    if place is None or place.top != root.resolve() or place.private.root != place.top / ".git":
        raise UsageError(f"{str(root)!r} is not a git repository of its own", "Choose a new folder with -o.")
    return place

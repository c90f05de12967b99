"""The refs of a checkout: HEAD and the branches, loose or packed, read and moved as git does, through no link."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass

from p2c.errors import InputError, UsageError
from p2c.git.files import GitFiles, GitLock
from p2c.git.places import GitLocation

_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_BAD = re.compile(r"[\x00-\x20~^:?*\[\\\x7f]|\.\.|@\{|//|/\.|\.lock(?:/|$)|[./]$")
_PRIVATE = ("refs/bisect/", "refs/worktree/", "refs/rewritten/")
_CHAIN = 5  # as many refs that name another as git itself follows


@dataclass(frozen=True)
class Ref:
    """A ref at the end of its chain, and the commit it names; empty for a branch without one."""

    name: str
    commit: str


def read_ref(place: GitLocation, name: str = "HEAD") -> Ref:
    """Follow a ref to where its commit is written; raises InputError for one that git would not write."""
    for _ in range(_CHAIN):
        text = os.fsdecode(_files(place, name).read(name) or b"").strip()
        if not text.startswith("ref:"):
            return Ref(name, _commit(name, text) if text else _packed(place, name))
        name = text.removeprefix("ref:").strip()
        if not name.startswith("refs/") or _BAD.search(name):
            raise InputError(f"{str(place.top)!r}: a git ref points to {name!r}, which is not a ref name")
    raise InputError(f"{str(place.top)!r}: git's HEAD does not lead to a commit")


def lock_ref(place: GitLocation, ref: Ref) -> GitLock:
    """Take the lock of the file that holds a ref."""
    if ref.name != "HEAD" and not ref.name.startswith(("refs/heads/", "refs/p2c/")):
        raise UsageError(
            f"{str(place.top)!r}: git's HEAD is on {ref.name!r}, which is not a branch", "Check out a branch."
        )
    return _files(place, ref.name).lock(ref.name)


def write_ref(place: GitLocation, name: str, text: str) -> None:
    """Make a ref hold this text, a commit's hash or `ref: NAME`."""
    with _files(place, name).lock(name) as lock:
        lock.put(f"{text}\n".encode())


def log_move(place: GitLocation, ref: Ref, commit: str, who: str, why: str) -> None:
    """Note in the logs of HEAD and of the branch that it moves to `commit`, as git does."""
    before = ref.commit or "0" * len(commit)
    line = f"{before} {commit} {who} {int(time.time())} +0000\t{why}\n".encode("utf-8", "surrogateescape")
    for name in {"HEAD", ref.name}:
        _files(place, name).append(f"logs/{name}", line)


def _files(place: GitLocation, name: str) -> GitFiles:
    return place.common if name.startswith("refs/") and not name.startswith(_PRIVATE) else place.private


def _packed(place: GitLocation, name: str) -> str:
    wanted = os.fsencode(name)
    for line in (place.common.read("packed-refs") or b"").splitlines():
        commit, _, named = line.partition(b" ")
        if named == wanted:
            return _commit(name, os.fsdecode(commit))
    return ""


def _commit(name: str, text: str) -> str:
    if not _ID.fullmatch(text):
        raise InputError(f"the git ref {name!r} does not contain a commit hash")
    return text

"""Commits, made in a git directory of p2c's own and put in the repository whole: objects, then branch, then index."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from p2c.errors import UsageError
from p2c.git.checkout import Checkout
from p2c.git.program import quoted
from p2c.git.refs import lock_ref, log_move, read_ref
from p2c.repo import Repo, encode

WHO = "p2c <p2c@localhost>"
_SUBMODULE = (0o160000).to_bytes(4, "big")
"""How the mode of a submodule's entry stands in an index of any version."""


class ChangedError(UsageError):
    """Another git changed the index or the branch while p2c made a commit."""


def commit_files(checkout: Checkout, paths: list[str], message: str) -> str:
    """Make a commit of HEAD with these files, and the index know them: what `git commit -- PATHS` does."""
    names = "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")
    checkout.git("update-index", "-z", "--add", "--remove", "--replace", "--stdin", stdin=names)
    lines = [line.split("\t", 1) for line in checkout.paths("ls-files", "--stage", "-z", "--", *paths)]
    there = {path: about.split(" ") for about, path in lines}
    gone = [f"D {quoted(path)}\n" for path in paths if path not in there]
    changes = gone + [f"M {mode} {blob} {quoted(path)}\n" for path, (mode, blob, _) in there.items()]
    commit = _on_top_of_head(checkout, "".join(changes), message)
    move(checkout, commit, message)
    return commit


def _on_top_of_head(checkout: Checkout, changes: str, message: str) -> str:
    """Write HEAD's next commit and return its hash, '' where it has HEAD's very tree; one process does it all."""
    head = checkout.head.commit
    text = f"{message.strip()}\n"
    order = f"commit refs/heads/next\nmark :1\ncommitter {WHO} {int(time.time())} +0000\n"
    order += f"data {len(encode(text))}\n{text}" + (f"from {head}\n" if head else "") + changes
    order += '\nget-mark :1\nls :1 ""\n' + (f'ls {head} ""\n' if head else "") + "done\n"
    output = checkout.say("fast-import", "--quiet", "--done", "--date-format=raw", stdin=encode(order))
    commit, *trees = (line.strip() for line in output.split("\n"))
    return "" if head and trees[0] == trees[1] else commit


def committable(checkout: Checkout, paths: list[str]) -> list[str]:
    """Those that are tracked, or new and not ignored; none of a submodule or of another repository inside."""
    top = checkout.place.top
    modules = submodules(checkout, "")
    outside = [path for path in paths if not _is_inside_another(top, path, modules)]
    if not outside:
        return []
    known = set(checkout.paths("ls-files", "-z", "--", *outside))
    new = [path for path in outside if path not in known and os.path.lexists(top / path)]
    words = ("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--")
    ignored = set(checkout.paths(*words, *new)) if new else set()
    return [path for path in outside if path in known or (path in new and path not in ignored)]


def _is_inside_another(top: Path, path: str, modules: Collection[str]) -> bool:
    folders = [folder.as_posix() for folder in PurePosixPath(path).parents][:-1]
    return any(folder in modules or os.path.lexists(top / folder / ".git") for folder in folders)


def submodules(checkout: Checkout, prefix: str) -> list[str]:
    """Return the paths of the index's submodules that begin with `prefix`."""
    indexes = [checkout.folder / "index", *checkout.folder.glob("sharedindex.*")]
    if not any(_SUBMODULE in place.read_bytes() for place in indexes if place.exists()):
        return []
    lines = checkout.paths("ls-files", "--stage", "-z")
    paths = [line.split("\t", 1)[1] for line in lines if line.startswith("160000 ")]
    return [path for path in paths if path.startswith(prefix) and ".." not in PurePosixPath(path).parts]


def make_commit(checkout: Checkout, tree: str, parent: str, message: str) -> str:
    """Write a commit of p2c's, without a parent where that is ''; no branch knows of it yet."""
    parents = ["-p", parent] if parent else []
    text = f"{message.strip()}\n".encode("utf-8", "surrogateescape")
    return checkout.say("commit-tree", tree, *parents, stdin=text)


def move(checkout: Checkout, commit: str, message: str) -> None:
    """Put a commit, if there is one, and the index in their places: under git's locks, after the objects."""
    place, head = checkout.place, checkout.head
    if commit:
        checkout.keep_objects()
    new_index = checkout.folder / "index"
    with place.private.lock("index") as index:
        if place.private.read_dated("index") != checkout.index:
            raise ChangedError(f"{str(place.top)!r}: another process changed the index")
        if commit:
            with lock_ref(place, head) as branch:
                if read_ref(place) != head:
                    raise ChangedError(f"{str(place.top)!r}: another process changed the branch")
                log_move(place, head, commit, WHO, f"commit: {message.strip().splitlines()[0]}")
                branch.put(f"{commit}\n".encode())
        index.put(new_index.read_bytes(), new_index.stat().st_mtime_ns)


def make_tree(checkout: Checkout, repo: Repo) -> str:
    """Write the repository's files as git objects and return the hash of their tree."""
    modes: dict[str, str] = {}
    with tempfile.TemporaryDirectory(dir=checkout.folder, ignore_cleanup_errors=True) as name:
        for number, (path, text) in enumerate(repo.files.items()):
            data = encode(text)
            modes[path] = "100755" if data[:2] == b"#!" else "100644"
            Path(name, str(number)).write_bytes(data)
        for number, (path, place) in enumerate(repo.assets.items(), len(modes)):
            modes[path] = "100644"
            Path(name, str(number)).symlink_to(place.resolve())
        names = "".join(f"{name}/{number}\n" for number in range(len(modes)))
        blobs = checkout.git("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=os.fsencode(names)).split()
    lines = zip(modes.items(), blobs, strict=True)
    entries = "".join(f"{mode} {blob.decode()}\t{path}\0" for (path, mode), blob in lines)
    checkout.git("update-index", "-z", "--index-info", stdin=encode(entries), index="next")
    return checkout.say("write-tree", index="next")

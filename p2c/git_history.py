"""The git history of a folder that p2c writes: one commit per accepted state."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from p2c.errors import UnavailableError, UsageError
from p2c.repo import Repo, encode
from p2c.state_folder import STATE

HEAD = "refs/p2c/head"
IDENTITY = {
    "GIT_AUTHOR_NAME": "p2c",
    "GIT_AUTHOR_EMAIL": "p2c@localhost",
    "GIT_COMMITTER_NAME": "p2c",
    "GIT_COMMITTER_EMAIL": "p2c@localhost",
}


@dataclass(frozen=True)
class Commit:
    """A commit of the output: its hash, its tree's hash, its message."""

    id: str
    tree: str
    message: str


class History:
    """The git repository in `root`, one commit per accepted state.

    A resumed run calls `commit` with the same states again: commits that are there already are walked over,
    the first that differs replaces the rest.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        if not (root / ".git").exists():
            self._git("init", "--quiet", "--initial-branch=main")
        (root / STATE).mkdir(exist_ok=True)
        exclude_state(root)
        self._known = self._read()
        self._at = 0
        self._head = ""

    def refuse_foreign_work(self, force: bool = False) -> None:
        """Raise UsageError if a person committed or changed something here since p2c's last write."""
        if force or not self._known or self._writing.exists():
            return
        head = self._git("rev-parse", "--verify", "--quiet", "HEAD", check=False).strip()
        if head != self._known[-1].id:
            raise UsageError(
                f"{str(self.root)!r} has commits that p2c did not make",
                "Give another folder with -o, or --force to write over them.",
            )
        changed = self._git("status", "--porcelain", "--untracked-files=no").strip()
        if changed:
            raise UsageError(
                f"{str(self.root)!r} has changes that are not committed: {changed.splitlines()[0].strip()}",
                "Commit them elsewhere, or give --force to write over them.",
            )

    def commit(self, repo: Repo, message: str) -> str:
        """Make this state the newest commit and what lies in the folder; return the commit's hash."""
        tree = self._tree(repo)
        known = self._known[self._at] if self._at < len(self._known) else None
        if known and known.tree == tree and known.message == message.strip():
            self._head = known.id
        else:
            del self._known[self._at :]
            parents = ["-p", self._head] if self._head else []
            self._head = self._git("commit-tree", tree, *parents, stdin=message.encode()).strip()
            self._known.append(Commit(self._head, tree, message.strip()))
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
        self._writing.touch()
        before = self._published_paths()
        repo.write(self.root)
        for path in before - set(repo.files) - set(repo.assets):
            (self.root / path).unlink(missing_ok=True)
        self._git("update-ref", "refs/heads/main", self._head)
        self._git("symbolic-ref", "HEAD", "refs/heads/main")
        self._git("update-ref", HEAD, self._head)
        self._git("read-tree", self._head)
        self._writing.unlink()

    @property
    def head(self) -> str:
        """Hash of the newest commit; empty before the first."""
        return self._head

    @property
    def _writing(self) -> Path:
        return self.root / STATE / "writing"

    def _published_paths(self) -> set[str]:
        paths: set[str] = set()
        for name in ("HEAD", HEAD):
            listing = self._git("ls-tree", "-r", "-z", "--name-only", name, check=False)
            paths |= {path for path in listing.split("\0") if path}
        return paths

    def _read(self) -> list[Commit]:
        form = "--format=%H%x00%T%x00%B%x01"
        log = self._git("log", "--reverse", "--first-parent", form, HEAD, check=False)
        entries = (entry.strip("\n").split("\0") for entry in log.split("\x01") if entry.strip("\n"))
        return [Commit(entry[0], entry[1], entry[2].strip()) for entry in entries]

    def _tree(self, repo: Repo) -> str:
        lines = []
        for path, text in repo.files.items():
            data = encode(text)
            mode = "100755" if data[:2] == b"#!" else "100644"
            lines.append(f"{mode} {self._git('hash-object', '-w', '--stdin', stdin=data).strip()}\t{path}")
        for path, place in repo.assets.items():
            lines.append(f"100644 {self._git('hash-object', '-w', '--no-filters', str(place)).strip()}\t{path}")
        index = self.root / STATE / "index"
        index.unlink(missing_ok=True)
        env = {"GIT_INDEX_FILE": str(index.resolve())}
        entries = "".join(f"{line}\0" for line in lines).encode("utf-8", "surrogateescape")
        self._git("update-index", "-z", "--index-info", stdin=entries, env=env)
        return self._git("write-tree", env=env).strip()

    def _git(self, *words: str, stdin: bytes = b"", check: bool = True, env: dict[str, str] | None = None) -> str:
        return git(self.root, *words, stdin=stdin, check=check, env=env)


def git(root: Path, *words: str, stdin: bytes = b"", check: bool = True, env: dict[str, str] | None = None) -> str:
    """Run git in `root` without the person's hooks, filters and configuration; raise UnavailableError if it fails."""
    isolated = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    keep = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
    argv = [
        "git",
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "core.fsmonitor=false",
        "-c",
        "safe.directory=*",
        "-c",
        "core.autocrlf=false",
        *words,
    ]
    try:
        done = subprocess.run(
            argv,
            cwd=root,
            input=stdin,
            capture_output=True,
            check=False,
            env={**keep, **isolated, **IDENTITY, **(env or {})},
        )
    except FileNotFoundError as error:
        raise UnavailableError("git is not installed", "Install git; p2c keeps every state as a commit.") from error
    if done.returncode and check:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise UnavailableError(f"git {words[0]} failed in {str(root)!r}: {said}")
    return "" if done.returncode else done.stdout.decode("utf-8", "surrogateescape")


def tracked(root: Path) -> frozenset[str] | None:
    """Return the paths in git's index below `root`, relative to it; None where `root` is no checkout (or git is missing)."""
    try:
        if git(root, "rev-parse", "--is-inside-work-tree", check=False).strip() != "true":
            return None
        return frozenset(filter(None, git(root, "ls-files", "-z").split("\0")))
    except UnavailableError:
        return None


def exclude_state(root: Path) -> None:
    """Have the git repository that holds `root` ignore p2c's own folder, without touching a file of a person's."""
    exclude = root / git(root, "rev-parse", "--git-path", "info/exclude").strip()
    text = exclude.read_text(encoding="utf-8") if exclude.is_file() else ""
    if f"{STATE}/" not in text.splitlines():
        exclude.parent.mkdir(parents=True, exist_ok=True)
        exclude.write_text(f"{text.rstrip()}\n{STATE}/\n".lstrip("\n"), encoding="utf-8")

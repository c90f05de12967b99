"""Which files of a folder are the repository: what git ignores is not, unless the run contract names it."""

from __future__ import annotations

import math
import os
import re
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from p2c import repo as repository
from p2c.errors import InputError
from p2c.git.folder_status import tracked
from p2c.repo import SETTINGS, Repo, is_settings, read_text
from p2c.run_contract import read_contract

RULES = ".gitignore"
_FOLDER = "ps_d"
"""The group of pathspec's regular expressions for the slash behind a folder's name."""
IGNORED = "is ignored by git"
MOST_RULES = 20_000
"""Lines of one .gitignore; people write some dozens. What a longer one leaves out is not known."""
LONGEST_RULE = 1000
"""Characters of a rule; a longer one fits no path that a file system takes, and ignores nothing."""
MOST_STEPS = 10**8
"""Of one rule on one path, about half a second: `*a*a*a*a*a*` takes hours on a long name. It then ignores nothing."""
MOST_SECONDS = 20.0
"""For all rules on all paths."""


def read(root: Path) -> Repo:
    """Read a repository as others get it: without what git ignores and does not track, and without `.env` files.

    What the run contract in the folder names under `include` stays, code as code and all else as assets: the contract
    is a stranger's word as a rule, and what assets hold reaches the sandbox, but no model and no state of p2c's.
    Raises InputError as `repo.read` does.
    """
    named: set[str] = set()

    def left(_: Path, paths: Iterable[str]) -> dict[str, str]:
        ignored = _ignored(root, paths, _rules_on_disk(root, paths))
        patterns = _included(root) if ignored else ()
        named.update(path for path in ignored if is_included(path, patterns))
        return {path: why for path, why in ignored.items() if path not in named}

    repo = repository.read(root, left)
    moved = {path for path in named if path in repo.files and not path.endswith(".py")}
    files = {path: text for path, text in repo.files.items() if path not in moved}
    return Repo(files, {**repo.assets, **{path: root / path for path in moved}}, repo.left_out) if moved else repo


def as_read(repo: Repo, root: Path) -> Repo:
    """Return a state as it would be read again if it lay in `root`: without new files that git would ignore there."""
    texts = {folder: text for path, text in repo.files.items() if (folder := _ruled(path)) is not None}
    left = leave_out(root, (*repo.files, *repo.assets), texts)
    return repo.with_files(dict.fromkeys(left)) if left else repo


def leave_out(root: Path, paths: Iterable[str], texts: Mapping[str, str]) -> dict[str, str]:
    """Return which files are no part of the repository, with the reason; `texts` are the .gitignore files by folder."""
    left = _ignored(root, paths, texts)
    patterns = _included(root) if left else ()
    return {path: why for path, why in left.items() if not is_included(path, patterns)}


def _ignored(root: Path, paths: Iterable[str], texts: Mapping[str, str]) -> dict[str, str]:
    """Return what git ignores, and `.env` files; git is asked only where a rule ignores something."""
    ignored = IgnoreRules(root, texts)
    left = {path: SETTINGS if is_settings(path) else IGNORED for path in paths if is_settings(path) or ignored(path)}
    if IGNORED in left.values():
        known = ignored.tracked()
        left = {path: why for path, why in left.items() if why != IGNORED or path not in known}
    return left


def is_included(path: str, patterns: Iterable[str]) -> bool:
    """Tell whether a path is, lies in, or matches one of the patterns; a `.env` has to be named as one."""
    bare = [pattern.removeprefix("./").rstrip("/") for pattern in patterns]
    if is_settings(path):
        bare = [pattern for pattern in bare if "/.env" in f"/{pattern.lower()}"]
    return any(path == pattern or path.startswith(f"{pattern}/") or fnmatchcase(path, pattern) for pattern in bare)


def _included(root: Path) -> tuple[str, ...]:
    """What the contract as it lies in the folder names; one that cannot be read names nothing, and is told later."""
    for name in ("p2c.toml", "pyproject.toml"):
        text = _text(root / name)
        if text is not None:
            try:
                return read_contract(text, name).include
            except (InputError, RecursionError):
                return ()
    return ()


@dataclass(frozen=True)
class IgnoreRule:
    """One line of a .gitignore; `wild` counts its wildcards, `named` says that it fits names in any folder."""

    pattern: re.Pattern[str]
    ignores: bool
    wild: int
    named: bool

    def fits(self, path: str) -> bool:
        """Tell whether it is about this very path, relative to its .gitignore; folders end with a slash."""
        if self.named:
            path = path[path.rstrip("/").rfind("/") + 1 :]
        if math.comb(len(path), self.wild) > MOST_STEPS:
            return not self.ignores
        match = self.pattern.search(path)
        if match and match.groupdict().get(_FOLDER) and match.end() < len(path):
            match = self.pattern.search(path, len(path) - 1)  # a folder above fits; does this one?
        return match is not None


class IgnoreRules:
    """Tells of paths below `root` whether the .gitignore files ignore them, as git does.

    A repository within the repository starts anew. The rules above `root` count where git tracks files in it.
    """

    def __init__(self, root: Path, texts: Mapping[str, str]) -> None:
        self._root = root
        self._rules = {folder: _rules(text) for folder, text in texts.items()}
        self._until = time.monotonic() + MOST_SECONDS
        self._nested: set[str] = set()
        self._folder = cache(self._folder_is_ignored)
        self._above = cache(self._rules_above)
        self._tracked = cache(lambda: tracked(root) or frozenset())

    def __call__(self, path: str) -> bool:
        """Tell whether a file is ignored, by itself or with a folder it lies in."""
        folder = path.rpartition("/")[0]
        return self._folder(folder) or self._says(path, folder)

    def tracked(self) -> frozenset[str]:
        """Return what git tracks, here and in the repositories within that were met."""
        inner = {f"{folder}/{path}" for folder in self._nested for path in tracked(self._root / folder) or ()}
        return self._tracked() | inner

    def _folder_is_ignored(self, folder: str) -> bool:
        if not folder:
            return False
        above = folder.rpartition("/")[0]
        return self._folder(above) or self._says(f"{folder}/", above)

    def _says(self, path: str, folder: str) -> bool:
        """The last rule that fits decides, of the nearest .gitignore that has one."""
        for inner, rules in self._ruling(path, folder):
            for rule in reversed(rules):
                if rule.fits(inner):
                    return rule.ignores
            if time.monotonic() > self._until:
                what = f"the {RULES} files of {str(self._root)!r} take longer than {MOST_SECONDS:g} s to apply"
                raise InputError(what, "Write fewer and simpler patterns in them.")
        return False

    def _ruling(self, path: str, folder: str) -> Iterator[tuple[str, list[IgnoreRule]]]:
        while folder:
            if folder in self._rules:
                yield path[len(folder) + 1 :], self._rules[folder]
            if os.path.lexists(self._root / folder / ".git"):
                self._nested.add(folder)
                return
            folder = folder.rpartition("/")[0]
        yield path, self._rules.get("", [])
        for prefix, rules in self._above():
            yield f"{prefix}/{path}", rules

    def _rules_above(self) -> list[tuple[str, list[IgnoreRule]]]:
        top = self._root.resolve()
        tops = (folder for folder in (top, *top.parents) if os.path.lexists(folder / ".git"))
        checkout = next(tops, top)
        if checkout == top or not self._tracked():
            return []
        above = [folder for folder in top.parents if folder.is_relative_to(checkout)]
        return [(top.relative_to(folder).as_posix(), _rules(_text(folder / RULES) or "")) for folder in above]


def _rules_on_disk(root: Path, paths: Iterable[str]) -> dict[str, str]:
    rules = {folder: _text(root / path) for path in paths if (folder := _ruled(path)) is not None}
    return {folder: text for folder, text in rules.items() if text is not None}


def _ruled(path: str) -> str | None:
    """The folder that a file rules over, if it is a .gitignore."""
    folder, _, name = path.rpartition("/")
    return folder if name == RULES else None


def _text(place: Path) -> str | None:
    try:
        return read_text(place)
    except OSError:
        return None  # not there, or a link, which git does not follow here either


def _rules(text: str) -> list[IgnoreRule]:
    lines = text.splitlines()
    if len(lines) > MOST_RULES:
        raise InputError(f"a {RULES} has more than {MOST_RULES:,} lines", "Write fewer and simpler patterns in it.")
    return [rule for line in lines if (rule := _rule(line)) is not None]


def _rule(line: str) -> IgnoreRule | None:
    if len(line) > LONGEST_RULE:
        return None
    try:
        with warnings.catch_warnings(action="ignore"):
            parsed = GitIgnoreSpecPattern(line)
    except (ValueError, re.error):
        return None  # git passes over it too
    if parsed.regex is None or parsed.include is None:
        return None
    bare = line.rstrip().removeprefix("!")
    named = "/" not in bare.rstrip("/")
    wild = re.sub(r"(^|/)\*\*(?=/|$)", r"\1*", bare).count("*")
    return IgnoreRule(re.compile(parsed.regex.pattern), bool(parsed.include), wild, named)

"""What holds across the files of a LaTeX source while they are joined."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from p2c.errors import InputError
from p2c.generator.readers.latex.scanner import read_group, skip_blank
from p2c.generator.readers.text_decoding import MAX_BYTES
from p2c.repo import is_private

MAX_FILES = 3_000
MOST_WASTED = 20_000_000
"""Characters that are read for groups that never close."""
MAX_LISTED = 20_000
"""Files of a folder that are known by name; more are those of a whole disk."""


@dataclass
class State:
    """What has been read, what was found to be true, and what has to be said of it."""

    root: Path
    main: Path
    encoding: str = ""
    flags: dict[str, bool] = field(default_factory=dict)
    stack: list[bool | None] = field(default_factory=list)
    """Open conditionals: True and False are decided, None is one that TeX would decide and whose parts both stay."""
    words: dict[str, str] = field(default_factory=dict)
    """Macros that are plain text, as names of files are built from."""
    hidden: set[str] = field(default_factory=set)
    """Environments whose text is not shown."""
    folders: list[str] = field(default_factory=list)
    """Where the source says that its inputs are, besides (`\\input@path`)."""
    tables: dict[str, str] = field(default_factory=dict)
    """Tables that were read into a macro or a database, by its name."""
    loaded: set[Path] = field(default_factory=set)
    missing: list[tuple[str, str]] = field(default_factory=list)
    """Parts of the text that are not there, and who includes them."""
    notes: list[str] = field(default_factory=list)
    read_files: set[Path] = field(default_factory=set)
    files: int = 0
    read: int = 0
    body: bool = False
    package: bool = False
    """A package beside the paper is being read: what it includes and how it is written is of no account."""
    ended: bool = False
    names: dict[str, list[Path]] | None = None
    located: dict[tuple[object, ...], Path | None] = field(default_factory=dict)
    wasted: int = 0

    def take(self, text: str) -> None:
        """Note the text of one more file; raises InputError where all of them are more than a paper."""
        self.files += 1
        self.read += len(text)
        if self.files > MAX_FILES or self.read > MAX_BYTES:
            raise InputError(f"its files include each other more than {MAX_FILES:,} times, or to more than a paper")

    def group(self, text: str, at: int) -> tuple[str, int] | None:
        """The braced group behind white space; None too where groups that never close have cost enough."""
        at = skip_blank(text, at)
        group = read_group(text, at) if self.wasted < MOST_WASTED else None
        self.wasted += len(text) - at if group is None and text.startswith("{", at) else 0
        return group

    @property
    def active(self) -> bool:
        """Whether what is read now is shown."""
        return not self.ended and False not in self.stack

    def spelled(self, target: str) -> str:
        """A name with the macros in it that are plain text; one that is not known stays."""
        for _ in range(5):
            target = re.sub(
                r"\\([A-Za-z@]+)(?:\{\}|\s+)?", lambda match: self.words.get(match.group(1), match.group(0)), target
            )
        return target

    def find(
        self, target: str, parents: tuple[Path, ...], suffixes: tuple[str, ...] = ("", ".tex", ".ltx")
    ) -> Path | None:
        """The file that a name means: beside the main file, who includes it, or where the source says."""
        key = (target, parents[-1].parent if parents else None, suffixes, len(self.folders))
        if key not in self.located:
            self.located[key] = self._find(target, parents, suffixes)
        return self.located[key]

    def _find(self, target: str, parents: tuple[Path, ...], suffixes: tuple[str, ...]) -> Path | None:
        target = target.strip().strip('"').removeprefix("./")
        beside = [self.main.parent, *(path.parent for path in parents[-1:]), self.root]
        for folder in [*beside, *(folder / name for name in self.folders for folder in beside)]:
            for suffix in suffixes:
                path = (folder / (target + suffix)).resolve()
                if is_inside(path, self.root) and path.is_file():
                    return path
        return None

    def find_by_name(self, target: str, suffixes: tuple[str, ...] = (".tex", ".ltx")) -> Path | None:
        """The one file of the paper's folder whose place ends as a name does, upper and lower case being the same.

        For sources that are read from another folder than their author compiled them in, or with TEXINPUTS.
        """
        if self.names is None:
            self.names = {}
            for number, path in enumerate(self.root.rglob("*")):
                if number > MAX_LISTED:
                    break
                self.names.setdefault(path.name.lower(), []).append(path)
        target = target.strip().strip('"').lower()
        parts = [part for part in target.split("/") if part not in ("", ".", "..")]
        if not parts or len(parts) < len([part for part in target.split("/") if part not in ("", ".")]):
            return None
        for suffix in ("", *suffixes):
            wanted = [*parts[:-1], parts[-1] + suffix]
            candidates = [
                path.resolve()
                for path in self.names.get(wanted[-1], [])
                if [part.lower() for part in path.parts[-len(wanted) :]] == wanted
                and path.is_file()
                and is_inside(path, self.root)
            ]
            if len(set(candidates)) == 1:
                return candidates[0]
        return None


def is_inside(path: Path, root: Path) -> bool:
    """Tell whether a file of the paper's folder is one when all links are followed, and none of git's or p2c's own."""
    real, top = path.resolve(), root.resolve()
    return real.is_relative_to(top) and not any(map(is_private, real.relative_to(top).parts))

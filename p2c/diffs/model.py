"""The values a diff is read into: lines, hunks, sections, and the document that it changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

NULL = "/dev/null"


class HunkLine(NamedTuple):
    """One line of a hunk's body."""

    sign: str
    """A blank, `+` or `-`."""
    text: str
    bare: bool = False
    """Context that was written without the blank in front."""
    ends: bool = False
    """`\\ No newline at end of file` follows."""


@dataclass(frozen=True)
class Hunk:
    """Changes with what stands around them; what its header says is a hint, never a fact."""

    lines: tuple[HunkLine, ...]
    header: str = ""
    start: int | None = None
    """1-based line in the old file, as the header gives it."""
    old_count: int | None = None
    new_count: int | None = None
    title: str = ""
    """What follows the second `@@`."""
    strict: bool = False
    """Every count was right."""
    last: bool = False
    """Nothing follows it in the reply."""
    cut: bool = False
    """The reply ended inside its envelope: no closing fence, or no newline."""
    torn: bool = False
    """It ended inside a line of a fence, so that an added line may be half of what was meant."""
    fenced: bool = False
    reading: str = ""
    """How damaged lines were read; empty for as they are written."""

    @property
    def old(self) -> list[str]:
        """The texts that the file should hold."""
        return [line.text for line in self.lines if line.sign != "+"]

    @property
    def new(self) -> list[str]:
        """The texts that the file would hold afterwards."""
        return [line.text for line in self.lines if line.sign != "-"]

    @property
    def halved(self) -> bool:
        """The reply ended in an added line of this hunk, inside a fence that was never closed."""
        end = self.lines[-1]
        return self.last and self.torn and end.sign == "+" and bool(end.text.strip()) and not end.ends

    @property
    def changes(self) -> bool:
        """Whether a line is added or removed."""
        return any(line.sign != " " for line in self.lines)

    @property
    def contradicted(self) -> bool:
        """One count is right and the other is not: a sign may be lost, not a number miscounted."""
        if self.old_count is None or self.new_count is None:
            return False
        return (self.old_count == len(self.old)) != (self.new_count == len(self.new))

    @property
    def mixed(self) -> bool:
        """Some context lines have the blank in front, and some that are not empty lack it."""
        context = [line for line in self.lines if line.sign == " " and line.text.strip()]
        return len({line.bare for line in context}) == 2

    def edges(self) -> tuple[int, int]:
        """How many context lines stand before the first and after the last change."""
        marks = [index for index, line in enumerate(self.lines) if line.sign != " "]
        return (marks[0], len(self.lines) - 1 - marks[-1]) if marks else (len(self.lines), 0)


Kind = Literal["edit", "create", "delete", "rename", "copy"]


@dataclass(frozen=True)
class FileDiff:
    """What a diff says about one file; names as written, prefixes and all, `None` where a side was not named."""

    old: str | None
    new: str | None
    kind: Kind = "edit"
    hunks: tuple[Hunk, ...] = ()
    others: tuple[str, ...] = ()
    """Names that stand elsewhere in the header; they are judged like the two above."""


class LineEdit(NamedTuple):
    """Lines `start` up to `end` (0-based, exclusive) of a document become `lines`."""

    start: int
    end: int
    lines: tuple[str, ...]


class FileLines:
    """A file's text as lines split on newlines only, with searches by a key of the line."""

    def __init__(self, lines: Sequence[str], final: bool = True) -> None:
        self.lines = list(lines)
        self.final = final
        self._keys: dict[Callable[[str], str], tuple[list[str], dict[str, list[int]]]] = {}

    @classmethod
    def of(cls, text: str) -> FileLines:
        """Split a text; `final` tells whether it ended with a newline."""
        lines = text.split("\n")
        return cls(lines[:-1], True) if lines[-1] == "" else cls(lines, False)

    def text(self) -> str:
        """The text again, byte for byte."""
        return "\n".join(self.lines) + ("\n" if self.final and self.lines else "")

    def find(self, wanted: Sequence[str], key: Callable[[str], str], limit: int = 200) -> list[int]:
        """Every index (at most `limit`) at which these lines stand, compared by `key`."""
        keys, places = self._index(key)
        sought = [key(line) for line in wanted]
        if not sought:
            return []
        rarest = min(range(len(sought)), key=lambda at: len(places.get(sought[at], ())))
        starts: list[int] = []
        for place in places.get(sought[rarest], ()):
            start = place - rarest
            if start >= 0 and keys[start : start + len(sought)] == sought:
                starts.append(start)
                if len(starts) >= limit:
                    break
        return starts

    def _index(self, key: Callable[[str], str]) -> tuple[list[str], dict[str, list[int]]]:
        if key not in self._keys:
            keys = [key(line) for line in self.lines]
            places: dict[str, list[int]] = {}
            for at, value in enumerate(keys):
                places.setdefault(value, []).append(at)
            self._keys[key] = keys, places
        return self._keys[key]

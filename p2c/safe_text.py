"""Untrusted text (of papers, models and programs) made harmless to look at, whatever shows it."""

from __future__ import annotations

import re
from collections.abc import Callable

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # terminals obey these
    "\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # they hide or reorder what is read
    "\ud800-\udfff\ufffe\uffff"  # no encoding and no XML takes them
    "\U000e0000-\U000e007f]"
)


_COMMAND = re.compile(r"(?m)^(?P<blank>[^\S\n]*):(?=:)|#(?=#\w*\[)")
"""What a CI's runner would obey in its log: `::add-mask::` at a line's beginning, which it looks for after trimming
(GitHub), and `##[group]`, `##vso[...]`, `##teamcity[...]` anywhere in a line (GitHub's old form, Azure, TeamCity)."""


def visible(text: str) -> str:
    """Return text with control, bidirectional and invisible characters spelled out (`\\x1b`, `\\u202e`), and the first
    character of what a CI would take for a command; newlines and tabs stay, a carriage return before a newline goes."""
    return _COMMAND.sub(_defused, spelled(text))


def spelled(text: str) -> str:
    """Return text as `visible` does, but for what a CI would obey: for where a CI's own escapes follow."""
    return _INVISIBLE.sub(_spell, text.replace("\r\n", "\n"))


def is_obeyed(text: str) -> bool:
    """Tell whether a CI's runner would take something in this text, on its log, for a command."""
    return _COMMAND.search(text) is not None


def one_line(text: str, width: int = 300) -> str:
    """Return harmless text on one line, at most about `width` characters, saying how many were left out."""
    return shorten(" ".join(visible(text[: 20 * width]).split()), width, len(text))


def shorten(text: str, width: int, length: int | None = None) -> str:
    """Cut text after `width` characters and say how long it (or what it stands for) was."""
    if len(text) <= width:
        return text
    return f"{text[:width]}… ({max(length or 0, len(text)):,} characters)"


def lines(text: str, most: int, width: int = 400) -> list[str]:
    """Return at most `most` harmless lines, each cut at `width`; a last one says how many were left out."""
    every = text.replace("\r\n", "\n").split("\n")
    shown = [shorten(visible(line[: width + 1]), width, len(line)) for line in every[:most]]
    return [*shown, f"… ({len(every) - most:,} lines left out)"] if len(every) > most else shown


def within(rows: list[str], most: int, size: Callable[[str], int] = len) -> list[str]:
    """Return the first rows that have room in `most` together; a last one says how many were left out."""
    for at, row in enumerate(rows):
        most -= size(row)
        if most < 0:
            return [*rows[:at], f"… ({len(rows) - at:,} lines left out)"]
    return rows


def _defused(match: re.Match[str]) -> str:
    return f"{match['blank']}\\x3a" if match["blank"] is not None else "\\x23"


def _spell(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

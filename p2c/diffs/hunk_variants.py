"""Other readings of a hunk whose signs, blanks or characters were damaged on the way."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from p2c.diffs.model import Hunk, HunkLine

_GUTTER = re.compile(r"^\s*\d+\s*[|:│]\s?")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#39|#x27|#34);")
_CHARACTERS = str.maketrans(
    {
        "\u00a0": " ", "\u2007": " ", "\u202f": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ",
        "\u200b": "", "\u200c": "", "\u200d": "", "\ufeff": "", "\u2060": "",
        "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\u2033": '"',
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u2032": "'",
        "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2010": "-", "\u2011": "-",
        "\u2026": "...",
    }
)  # fmt: skip
_QUOTES = {"'", '"'}


def reread(hunk: Hunk, reading: str) -> Hunk:
    """Return the hunk in the named reading, or as it is where that reading has nothing to change."""
    lines = next((read for read in _READINGS if read.__name__ == reading), _unblanked)(hunk)
    return hunk if lines is None else replace(hunk, lines=tuple(lines), strict=False, reading=reading)


def variants(hunk: Hunk) -> Iterator[Hunk]:
    """Yield the hunk as it is written, then each other reading that differs from it."""
    seen = {hunk.lines}
    yield hunk
    for read in _READINGS:
        lines = read(hunk)
        if lines is not None and tuple(lines) not in seen:
            seen.add(tuple(lines))
            yield replace(hunk, lines=tuple(lines), strict=False, reading=read.__name__)


def plain(text: str) -> str:
    """Return a text with typographic characters and HTML entities as a keyboard has them."""
    return (html.unescape(text) if "&" in text else text).translate(_CHARACTERS)


def escaped(hunk: Hunk) -> bool:
    """Whether the whole hunk went through an HTML escape: entities, and nothing that would have become one."""
    text = "\n".join(line.text for line in hunk.lines)
    return bool(_ENTITY.search(text)) and not re.search(r"[<>]|&(?!(?:\w+|#\w+);)", text)


def _unblanked(hunk: Hunk) -> list[HunkLine] | None:
    """Every context line lost the blank in front."""
    return [line._replace(text=_raw(line), bare=False) if line.sign == " " else line for line in hunk.lines]


def _raw(line: HunkLine) -> str:
    return line.text if line.bare else " " + line.text if line.text else ""


def _without_tail(hunk: Hunk) -> list[HunkLine] | None:
    """What was written after the last change without a blank in front is prose."""
    lines = list(hunk.lines)
    last = max((at for at, line in enumerate(lines) if line.sign != " "), default=-1)
    tail = next((at for at in range(last + 1, len(lines)) if lines[at].bare), None)
    if tail is None or last < 0:
        return None
    kept = replace(hunk, lines=tuple(lines[:tail]))
    return None if kept.contradicted else lines[:tail]


def _unpadded(hunk: Hunk) -> list[HunkLine] | None:
    """A blank was put after every + and -."""
    signed = [line.text for line in hunk.lines if line.sign != " " and line.text.strip()]
    if not signed or not all(text.startswith(" ") for text in signed):
        return None
    return [line._replace(text=line.text.removeprefix(" ")) if line.sign != " " else line for line in hunk.lines]


def _unpadded_all(hunk: Hunk) -> list[HunkLine] | None:
    """Context lines lost their blank, and every + and - is followed by one."""
    lines = _unpadded(hunk)
    return None if lines is None else _unblanked(replace(hunk, lines=tuple(lines)))


def _ungutter(hunk: Hunk) -> list[HunkLine] | None:
    """Line numbers stand between the sign and the code."""
    known = [line.text for line in hunk.lines if line.sign != "+" and line.text.strip()]
    if not known or not all(_GUTTER.match(text) for text in known):
        return None
    if not any(line.sign != " " for line in hunk.lines):
        return _signed_gutter(hunk)
    return [line._replace(text=_GUTTER.sub("", line.text, count=1)) for line in hunk.lines]


def _signed_gutter(hunk: Hunk) -> list[HunkLine] | None:
    """Line numbers stand in front of the signs."""
    lines = []
    for line in hunk.lines:
        rest = re.sub(r"^\s*\d+\s*[|:│] ?", "", line.text, count=1)
        sign = rest[:1] if rest[:1] in ("+", "-") else " "
        lines.append(HunkLine(sign, rest[1:] if rest[:1] in ("+", "-", " ") else rest, ends=line.ends))
    return lines


def _unescaped(hunk: Hunk) -> list[HunkLine] | None:
    if not any(_ENTITY.search(line.text) for line in hunk.lines):
        return None
    return [line._replace(text=html.unescape(line.text).replace("\u00a0", " ")) for line in hunk.lines]


def _keyboard(hunk: Hunk) -> list[HunkLine] | None:
    """Typographic characters made ordinary; an odd blank in front of a line is the one that marks context."""
    lines = [line._replace(text=line.text[1:]) if line.bare and _blank(line.text[:1]) else line for line in hunk.lines]
    seen = {_CHARACTERS[ord(char)] for line in hunk.lines if line.sign != "+" for char in line.text if _changed(char)}
    replacements = {before: after for before, after in _CHARACTERS.items() if after in seen or _is_quote(after, seen)}
    return [
        line._replace(text=line.text.translate(replacements if line.sign == "+" else _CHARACTERS)) for line in lines
    ]


def _changed(char: str) -> bool:
    return ord(char) in _CHARACTERS


def _is_quote(after: str, seen: set[str]) -> bool:
    """What happened to one kind of quote has happened to the other."""
    return after in _QUOTES and bool(seen & _QUOTES)


def _blank(char: str) -> bool:
    return char != " " and bool(char) and char.translate(_CHARACTERS) == " "


def _keyboard_unblanked(hunk: Hunk) -> list[HunkLine] | None:
    lines = _unblanked(hunk)
    return None if lines is None else [line._replace(text=plain(line.text)) for line in lines]


_READINGS: tuple[Callable[[Hunk], list[HunkLine] | None], ...] = (
    _unblanked,
    _without_tail,
    _unpadded,
    _ungutter,
    _unescaped,
    _keyboard,
    _unpadded_all,
    _keyboard_unblanked,
)

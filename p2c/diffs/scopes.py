"""Which `def` or `class` a line stands in, told by indentation alone."""

from __future__ import annotations

import re
from collections.abc import Iterable

from p2c.diffs.line_matching import indent
from p2c.diffs.model import FileLines

_NAMED = re.compile(r"\b(?:def|class)\s+(\w+)")
_OPENING = re.compile(r"^\s*(?:async\s+)?(?:def|class)\s+(\w+)")


def names_in(title: str) -> tuple[str, ...]:
    """The names of the defs and classes in a hunk's header; a lone word counts as one."""
    names = tuple(_NAMED.findall(title))
    return names or ((title.strip("() :"),) if re.fullmatch(r"\w+(?:\(\))?:?", title) else ())


def defined(lines: Iterable[str]) -> tuple[str, ...]:
    """The names that these lines open with `def` or `class`."""
    return tuple(match[1] for line in lines if (match := _OPENING.match(line)))


def holds(document: FileLines, names: Iterable[str]) -> bool:
    """Whether there are names and the document defines every one of them."""
    names = set(names)
    return bool(names) and names <= set(defined(document.lines))


def within(document: FileLines, start: int, change: int, names: Iterable[str]) -> bool:
    """Whether every name encloses or precedes a hunk: git names what stands before it, people what holds the change."""
    return all(name in scopes(document, start - 1) or name in scopes(document, change) for name in names)


def scopes(document: FileLines, at: int) -> tuple[str, ...]:
    """The names of the last def or class before a line (0-based, included) and of those around it, innermost first."""
    names: list[str] = []
    deep = 10_000
    for line in reversed(document.lines[: at + 1]):
        match = _OPENING.match(line)
        if match and len(indent(line)) < deep:
            names.append(match[1])
            deep = len(indent(line))
        if deep == 0:
            break
    return tuple(names)

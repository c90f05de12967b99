"""Reading LaTeX by position: blanks, braced groups, optional arguments."""

from __future__ import annotations

import re

MOST_WALKS = 20
"""Times that a whole text is gone through for one kind of command."""
_CONTROL = re.compile(r"\\(?:[A-Za-z@]+|.)", re.DOTALL)


def skip_blank(text: str, at: int) -> int:
    """The position of the next character that is no white space; an empty line is not skipped."""
    end = at
    while end < len(text) and text[end].isspace():
        end += 1
    return at if text.count("\n", at, end) > 1 else end


def read_group(text: str, at: int, pair: str = "{}") -> tuple[str, int] | None:
    """The inside of the group that opens at `at`, and where it ends; None where none opens or it never closes."""
    if not text.startswith(pair[0], at):
        return None
    depth, braces, position = 0, 0, at
    while position < len(text):
        char = text[position]
        if char == "\\":
            position += 2
            continue
        if pair != "{}":
            braces += (char == "{") - (char == "}")
        if braces == 0 or pair == "{}":
            depth += (char == pair[0]) - (char == pair[1])
        if depth == 0:
            return text[at + 1 : position], position + 1
        position += 1
    return None


def read_argument(text: str, at: int) -> tuple[str, int] | None:
    """One argument as TeX reads it: a group, a control word, or a single character."""
    at = skip_blank(text, at)
    if at >= len(text) or text[at] == "}":
        return None
    if text[at] == "{":
        return read_group(text, at)
    if control := _CONTROL.match(text, at):
        return control.group(0), control.end()
    return text[at], at + 1


def read_option(text: str, at: int) -> tuple[str | None, int]:
    """The optional argument in brackets at `at`, or None, and where it ends."""
    start = skip_blank(text, at)
    group = read_group(text, start, "[]")
    return group if group else (None, at)


def find_commands(text: str, name: str) -> list[tuple[str, int, int]]:
    """Every `\\name*[option]{argument}`: the argument, and the start and end of the whole."""
    commands = []
    left = MOST_WALKS * len(text) + 1_000_000
    for match in re.finditer(rf"\\{name}(?![A-Za-z@])\*?", text):
        _, at = read_option(text, match.end())
        group = read_group(text, skip_blank(text, at))
        if group:
            commands.append((group[0], match.start(), group[1]))
        left -= group[1] - at if group else len(text) - at
        if left < 0:
            break  # thousands of groups that never close, or stand in each other
    return commands


def drop_commands(text: str, name: str) -> str:
    """The text without every `\\name{...}`."""
    for _, start, end in reversed(find_commands(text, name)):
        text = text[:start] + text[end:]
    return text

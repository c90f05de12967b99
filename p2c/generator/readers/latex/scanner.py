"""Reading LaTeX by position: blanks, braced groups, optional arguments."""

from __future__ import annotations

import re

MOST_WALKS = 20
"""Times that a whole text is gone through for one kind of command."""
MOST_DELIMITED = 5_000
"""Characters that are read for the marks that end an argument."""
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


def read_until(text: str, at: int, marks: str) -> tuple[str, int] | None:
    """An argument that ends at `marks` of its own outside of groups, and where it goes on behind them.

    None where they do not come in the same paragraph; ` ` stands for any white space.
    """
    depth, position = 0, at
    last = min(len(text), at + MOST_DELIMITED)
    ends_word = re.search(r"\\[A-Za-z@]+$", marks) is not None
    while position < last:
        char = text[position]
        end = position + len(marks)
        ended = char.isspace() if marks == " " else text.startswith(marks, position)
        if depth == 0 and ended and not (ends_word and text[end : end + 1].isalpha()):
            value = text[at:position].strip()
            group = read_group(value, 0)
            return (group[0] if group and group[1] == len(value) else value), end
        depth += (char == "{") - (char == "}")
        if depth < 0 or (char == "\n" and skip_blank(text, position) == position):
            return None
        position += 2 if char == "\\" else 1
    return None


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

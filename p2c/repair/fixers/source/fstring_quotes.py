"""Cures f-strings that use their own quotes inside their braces, which only Python 3.12 and later can read."""

from __future__ import annotations

import re

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.text_edits import offer
from p2c.repair.patch import Patch

_MESSAGE = re.compile(r"f-string|unterminated string|unmatched|invalid syntax|perhaps you forgot|unexpected EOF")
_START = re.compile(r"(?<![\w\"'])([fF][rR]?|[rR][fF])([\"'])(?!\2\2)")


def fix(case: Case) -> Patch | None:
    """Give the inner strings the other quotes, in the lines that can't be read, until the file can."""
    changes = {}
    for finding in case.report.findings:
        path = finding.path or ""
        text = case.repo.files.get(path, "")
        if finding.rule != "SyntaxError" or not path.endswith(".py") or not _MESSAGE.search(finding.message):
            continue
        if parse(text) is None:
            clean = "\n".join(_requoted(line) for line in text.split("\n"))
            if parse(clean) is not None:
                changes[path] = clean
    return offer(case, "fstring-quotes", "Use other quotes inside f-strings than around them", changes)


def _requoted(line: str) -> str:
    """Return the line with the inner quotes of its f-strings changed, where it can't be read on its own as it is."""
    position, parts = 0, list[str]()
    while match := _START.search(line, position):
        start, end = match.end(), _end(line, match.end(), match[2])
        if end is None:
            break
        parts.append(line[position:start] + _swapped(line[start:end], match[2]))
        position = end
    return "".join([*parts, line[position:]])


def _end(line: str, start: int, quote: str) -> int | None:
    """Return where an f-string's closing quote is: the first of its kind outside braces."""
    depth = 0
    for at in range(start, len(line)):
        if line[at] == "{":
            depth += 1
        elif line[at] == "}":
            depth = max(0, depth - 1)
        elif line[at] == quote and depth == 0:
            return at
    return None


def _swapped(inner: str, quote: str) -> str:
    """Swap the quotes inside braces, where the other kind is not used there."""
    other = "'" if quote == '"' else '"'

    def swap(match: re.Match[str]) -> str:
        return match[0] if other in match[0] else match[0].replace(quote, other)

    return re.sub(r"\{[^{}]*\}", swap, inner)

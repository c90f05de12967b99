"""Cures characters that have no place in source: NUL, typographic quotes and blanks, wrong encodings, mixed tabs."""

from __future__ import annotations

import ast
import re

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.text_edits import offer
from p2c.repair.patch import Patch
from p2c.untrusted_text import parse_python

_REPLACED = str.maketrans(
    {
        "\0": None,
        "\ufeff": None,
        "\u200b": None,
        "\u200c": None,
        "\u200d": None,
        "\u2060": None,
        "\u00a0": " ",
        "\u2007": " ",
        "\u202f": " ",
        "\u3000": " ",
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2212": "-",
    }
)


def fix(case: Case) -> Patch | None:
    """Clean the Python files that findings name, that can't be parsed, and that can once they are clean."""
    named = {finding.path for finding in case.report.findings if finding.path}
    changes = {}
    for path in case.repo.python_files():
        text = case.repo.files[path]
        if path not in named or _readable(text):
            continue
        clean = next((c for c in (_recoded(text), _cleaned(text), _untabbed(text)) if c and _readable(c)), None)
        if clean:
            changes[path] = clean
    return offer(case, "characters", "Replace characters that Python source can't hold", changes)


def _readable(text: str) -> bool:
    return parse(text) is not None and not _escaped(text)


def _escaped(text: str) -> bool:
    """The text holds bytes that are no UTF-8."""
    return bool(re.search("[\udc80-\udcff]", text))


def _recoded(text: str) -> str:
    """Read bytes that are no UTF-8 as what they are: UTF-16 where a mark says so, else the Western code page."""
    data = text.encode("utf-8", "surrogateescape")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace").replace("\r\n", "\n")
    if not _escaped(text):
        return ""
    try:
        return re.sub("[\udc80-\udcff]+", _western, text)
    except UnicodeDecodeError:
        return ""


def _western(match: re.Match[str]) -> str:
    return match[0].encode("utf-8", "surrogateescape").decode("cp1252")


def _cleaned(text: str) -> str:
    """Replace typographic characters where they are code: in the lines that Python stumbles over, one by one."""
    text = text.replace("\0", "").replace("\ufeff", "")
    for _ in range(200):
        try:
            parse_python(text)
            return text
        except SyntaxError as error:
            lines = text.split("\n")
            number = (error.lineno or 0) - 1
            if not 0 <= number < len(lines):
                return ""
            clean = lines[number].translate(_REPLACED)
            if clean == lines[number]:
                return ""
            lines[number] = clean
            text = "\n".join(lines)
        except ValueError:
            return ""
    return ""


def _untabbed(text: str) -> str:
    """Expand the tabs that indent, if tabs of 4 and of 8 mean the same program."""
    codes = [_expanded(text, width) for width in (4, 8)]
    trees = [parse(code) for code in codes]
    readable = [(code, tree) for code, tree in zip(codes, trees, strict=True) if tree is not None]
    if not readable or len({ast.dump(tree) for _, tree in readable}) != 1:
        return ""
    return readable[0][0]


def _expanded(text: str, width: int) -> str:
    return re.sub(r"(?m)^[ \t]+", lambda match: match[0].expandtabs(width), text)

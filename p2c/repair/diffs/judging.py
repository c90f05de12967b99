"""Text that no diff may bring: placeholders, conflict markers, code that stops parsing."""

from __future__ import annotations

import json
import re
import sys
import tomllib
import warnings
from collections.abc import Iterable, Sequence

from p2c.trees import parse_python

_WHAT = (
    r"(?:code|file|function|class|method|methods|functions|classes|imports?|implementation|content|contents|lines|logic|"
    r"script|module|body|definitions?|tests?|arguments|parameters|configuration|config|settings|fields|everything)"
)
_STATE = (
    r"(?:here|unchanged|(?:stays?|remains?|is|are|goes|as)(?: here| unchanged| the same| before| is| it was)?|the same|"
    r"as before|as is)"
)
_WORDS = re.compile(
    rf"^(?:the )?(?:rest|remainder)(?: of)?(?: the| this| your| my)?(?: \w+)? ?(?:{_WHAT})?(?: {_STATE})*$"
    rf"|^(?:\(?\w+ )?(?:the )?(?:existing|previous|remaining|original|other|unchanged|your|same)(?: \w+)? {_WHAT}"
    rf"(?: {_STATE})*$"
    r"|^(?:keep|leave)(?: the)?(?: rest| existing| remaining| other| original)(?: of)?(?: the)?"
    rf"(?: {_WHAT})?(?: {_STATE})*$"
    rf"|^(?:no changes?|unchanged|same as (?:before|above|original)|as before|snip(?:ped)?|omitted(?: for brevity)?"
    rf"|{_WHAT} (?:omitted|unchanged|truncated)(?: for brevity)?|truncated|etc)$",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"^\s*(?:#+|//+|--|/\*+|<!--|;+|%+|\"\"\")\s*(.*?)\s*(?:\*/|-->|\"\"\")?\s*$")
_DOTS = re.compile(r"^[\s.…\[\](){}<>*_-]+|[\s.…\[\](){}<>*_:!-]+$")
_NEWER = re.compile(r"\s*(?:type\s+\w+|(?:async\s+)?def\s+\w+\[|class\s+\w+\[)")
"""Python 3.12 reads these, and what is repaired may run under it."""

_MARKER = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: |$)")


def placeholder(added: Sequence[str], held: Iterable[str], python: bool) -> str:
    """Return the added line that stands for code left out, or nothing; lines that the file holds already may stay."""
    known = {line.strip() for line in held}
    for at, line in enumerate(added):
        if line.strip() in known:
            continue
        if _is_placeholder(line) or (python and line.strip() in ("...", "…") and not _is_body(added, at)):
            return line
    return ""


def marker(added: Iterable[str]) -> str:
    """Return the added line that is a mark of an unresolved merge, or nothing."""
    return next((line for line in added if _MARKER.match(line)), "")


def newly_broken(path: str, before: str, after: str) -> str:
    """Return why a file that parsed does not any more, or nothing; nothing as well for what cannot be parsed here."""
    if before == after:
        return ""
    parse = {"py": _python, "json": _json, "toml": _toml}.get(path.rsplit(".", 1)[-1])
    if parse is None:
        return ""
    error = parse(after)
    return error if error and not parse(before) else ""


def _is_placeholder(line: str) -> bool:
    comment = _COMMENT.match(line)
    if comment is None:
        bare = line.strip()
        return bare.startswith(("...", "…", "[...")) and bool(_WORDS.match(_DOTS.sub("", bare)))
    said = comment[1]
    words = _DOTS.sub("", said)
    if not words:
        return "..." in said or "…" in said
    dotted = said.startswith(("...", "…", "[", "(")) or said.endswith(("...", "…"))
    return bool(_WORDS.match(words)) or (dotted and bool(_LOOSE.search(words)) and len(words) < 80)


_LOOSE = re.compile(
    r"\b(?:rest of|existing|unchanged|same as|remaining|previous|as before|omitted|other)\b", re.IGNORECASE
)


def _is_body(added: Sequence[str], at: int) -> bool:
    """`...` below a line that opens a block, or below its docstring, is Python."""
    above = [line.strip() for line in added[:at] if line.strip()]
    return not above or above[-1].endswith((":", '"""', "'''", "...", "("))


def _python(text: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parse_python(text.encode("utf-8", "surrogateescape"))
    except SyntaxError as error:
        line = (error.text or "").rstrip()
        if sys.version_info < (3, 12) and ("f-string" in str(error) or _NEWER.match(line)):
            return ""
        return f"line {error.lineno}: {error.msg}\n{line}"
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error)
    return ""


def _json(text: str) -> str:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        return str(error)
    return ""


def _toml(text: str) -> str:
    try:
        tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return str(error)
    return ""

"""Text that no diff may bring: placeholders, conflict markers, code that stops parsing."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterable, Sequence

from p2c.errors import UnreadableTextError
from p2c.untrusted_text import load_json, load_toml, parse_python
from p2c.untrusted_yaml import load_documents

_WHAT = (
    r"(?:code|file|function|class|method|methods|functions|classes|imports?|implementation|content|contents|lines|logic|"
    r"script|module|body|definitions?|tests?|arguments|parameters|configuration|config|settings|fields|everything)"
)
_CODE = r"(?:code|implementation|logic|function|class|method|content|lines|body|file|script)"
_LEFT = r"(?:existing|previous|remaining|original|other|unchanged|your|same|all other)"
_STATE = (
    r"(?:here|unchanged|(?:stays?|remains?|is|are|goes|as)(?: here| unchanged| the same| before| is| it was)?|the same|"
    r"as before|as is)"
)
_WORDS = re.compile(
    rf"^(?:the )?(?:rest|remainder)(?: of)?(?: the| this| your| my)?(?: \w+)? ?(?:{_WHAT})?(?: {_STATE})*$"
    rf"|^(?:\(?\w+ )?(?:the )?(?:existing|previous|remaining|original|unchanged|your|same)(?: \w+)? {_CODE}"
    rf"(?: {_STATE})*$"
    rf"|^(?:\(?\w+ )?(?:the )?{_LEFT}(?: \w+)? {_WHAT}(?: {_STATE})+$"
    rf"|^(?:the )?{_WHAT} (?:remains?|stays?|is|are) (?:the same|unchanged|as is|as before)$"
    rf"|^(?:continue|go on|proceed) with (?:the )?(?:rest|remaining|existing).*$"
    rf"|^(?:\w+ )?{_CODE} (?:continues|goes on)(?: here| below| as before)?$"
    r"|^(?:keep|leave)(?: the)?(?: rest| existing| remaining| other| original)(?: of)?(?: the)?"
    rf"(?: {_WHAT})?(?: {_STATE})*$"
    rf"|^(?:no changes?|unchanged|same as (?:before|above|original)|as before|snip(?:ped)?|omitted(?: for brevity)?"
    r"|more code(?: here| below)?|and so on|to be continued|(?:unchanged|same) (?:above|below|from here)"
    r"|no (?:other |further )?changes? (?:below|above|from here|needed below|to the rest.*)"
    rf"|{_WHAT} (?:omitted|unchanged|truncated)(?: for brevity)?|truncated|etc)$",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"^\s*(?:#+|//+|--|/\*+|<!--|;+|%+|\"\"\")\s*(.*?)\s*(?:\*/|-->|\"\"\")?\s*$")
_DOTS = re.compile(r"^[\s.…\[\](){}<>*_-]+|[\s.…\[\](){}<>*_:!-]+$")
_NEWER = re.compile(r"\s*(?:type\s+\w+|(?:async\s+)?def\s+\w+\[|class\s+\w+\[)")
"""Python 3.12 reads these, and what is repaired may run under it."""

PROSE = (".md", ".rst", ".tex", ".txt")

_MARKER = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: |$)")


def placeholder(added: Sequence[str], existing_lines: Iterable[str], path: str) -> str:
    """Return the added line that stands for code left out, or nothing; lines that the file holds already may stay.

    Prose may elide in its examples (`# ...`), but says nowhere that the rest is unchanged.
    """
    known = {line.strip() for line in existing_lines}
    python, prose = path.endswith(".py"), path.endswith(PROSE)
    for at, line in enumerate(added):
        if line.strip() in known or (prose and not _LOOSE.search(line)):
            continue
        dots = python and line.strip() in ("...", "…") and not _is_body(added, at)
        if _is_placeholder(line) or (dots and not _in_text(added[:at])):
            return line
    return ""


def marker(added: Iterable[str]) -> str:
    """Return the added line that is a mark of an unresolved merge, or nothing."""
    return next((line for line in added if _MARKER.match(line)), "")


def newly_broken(path: str, before: str, after: str) -> str:
    """Return why a file that parsed does not any more, or nothing; nothing as well for what cannot be parsed here."""
    if before == after:
        return ""
    parse = {"py": _python, "json": _json, "ipynb": _json, "toml": _toml, "yaml": _yaml, "yml": _yaml}.get(
        path.rsplit(".", 1)[-1]
    )
    if parse is None:
        return ""
    error = parse(after)
    return error if error and not parse(before) else ""


def _is_placeholder(line: str) -> bool:
    comment = _COMMENT.match(line)
    if comment is None:
        bare = line.strip()
        if match := re.match(r"(?:pass|\.\.\.)\s+#\s*(.*)$", bare):
            bare = "..." + match[1]
        return bare.startswith(("...", "…", "[...")) and bool(_WORDS.match(_DOTS.sub("", bare)))
    remark = re.sub(r"^(?:TODO|NOTE|FIXME)\b:?\s*", "", comment[1])
    words = _DOTS.sub("", remark)
    if not words:
        return "..." in remark or "…" in remark
    dotted = remark.startswith(("...", "…", "[", "(")) or remark.endswith(("...", "…"))
    both = remark.startswith(("...", "…")) and remark.endswith(("...", "…"))
    # A comment of more than a line says something about the code; one that stands for code is short.
    return bool(_WORDS.match(words)) or both or (dotted and bool(_LOOSE.search(words)) and len(words) < 80)


_LOOSE = re.compile(
    r"\b(?:rest (?:of|as)|the rest|more code|existing|unchanged|same as|remaining|previous|as before|omitted|other)\b",
    re.IGNORECASE,
)


def _in_text(above: Sequence[str]) -> bool:
    """Whether a string in triple quotes that these lines open is still open."""
    text = "\n".join(above)
    return bool(text.count('"""') % 2 or text.count("'''") % 2)


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
        load_json(text)
    except UnreadableTextError as error:
        return str(error)
    return ""


def _toml(text: str) -> str:
    try:
        load_toml(text)
    except UnreadableTextError as error:
        return str(error)
    return ""


def _yaml(text: str) -> str:
    """Why a YAML text cannot be read; tags of other programs (`!Ref`) are none of its faults."""
    try:
        load_documents(text)
    except UnreadableTextError as error:
        return "" if "constructor" in str(error) else str(error)
    return ""

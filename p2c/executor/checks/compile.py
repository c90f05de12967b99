"""Why a Python file does not compile: the compiler's words, and what kind of damage the text shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from p2c.executor.report import Finding
from p2c.repo import Repo

_FENCE = re.compile(r"^[^\S\n]*(```|~~~)", re.MULTILINE)
_PROSE = re.compile(
    r"^(?:Here(?:'s| is| are)|Sure|Certainly|Below is|This (?:file|code|script|implementation)|I(?:'ve| have)|Note:|"
    r"The (?:following|above|code|file)|##? |\*\*|Let me\b|In this\b)"
)
_PRINT = re.compile(r"^\s*(?:print\s+[^(=\s]|exec\s+['\"]|raise\s+\w+\s*,)")
_EXCEPT = re.compile(r"^\s*except\s+[\w.()]+\s*,\s*\w+\s*:")
_CUT = re.compile(
    r"was never closed|unexpected EOF|EOF while scanning|unterminated triple-quoted|expected an indented block after"
    r"|expected 'except' or 'finally'|expected ':'|unterminated string"
)
_FIXES = {
    "NulBytes": "take the NUL bytes out",
    "BadEncoding": "save the file as UTF-8",
    "FenceInFile": "keep what stands between the fences, without them",
    "ProseInFile": "take the prose out, or comment it",
    "Python2": "write it for Python 3",
    "TruncatedFile": "write the rest of the file: it is cut off",
}


def findings(errors: Mapping[str, Mapping[str, Any]], repo: Repo) -> tuple[Finding, ...]:
    """Turn what `probe.py compile` answered into findings, one a file."""
    return tuple(_finding(path, error, repo.files.get(path, "")) for path, error in sorted(errors.items()))


def damaged(repo: Repo) -> tuple[Finding, ...]:
    """Find Markdown fences left in files that are no Markdown: configurations and requirements."""
    fences = []
    for path, text in repo.files.items():
        if not path.endswith((".yaml", ".yml", ".toml", ".json", "requirements.txt", ".cfg", ".ini")):
            continue
        fence = re.search(r"^(```|~~~)", text, re.MULTILINE)
        if fence:
            line = text.count("\n", 0, fence.start()) + 1
            what = "a Markdown fence was left in the file"
            fences.append(Finding("compile", "FenceInFile", what, path, line, fix=_FIXES["FenceInFile"]))
    return tuple(fences)


def _finding(path: str, error: Mapping[str, Any], text: str) -> Finding:
    line, message = error.get("lineno"), str(error.get("msg") or error.get("type"))
    rule = _rule(text, message, line) or str(error.get("type") or "SyntaxError")
    column = error.get("offset") or None
    message = re.sub(r" \(detected at line \d+\)", "", message)
    if rule == "FenceInFile" and (fence := _FENCE.search(text)):
        line = text.count("\n", 0, fence.start()) + 1
        message, column = f"a Markdown fence was left in the file ({message})", None
    if rule == "BadEncoding":
        line = next((n for n, row in enumerate(text.split("\n"), 1) if _is_undecoded(row)), line)
    if rule == "NulBytes":
        line = text.count("\n", 0, text.index("\0")) + 1
    code = _line(text, line)
    return Finding("compile", rule, message, path, line, column, fix=_FIXES.get(rule, ""), detail=code)


def _rule(text: str, message: str, line: int | None) -> str:
    source = _line(text, line)
    if "\0" in text:
        return "NulBytes"
    if _is_undecoded(text) or "codec can't decode" in message or "utf-8" in message:
        return "BadEncoding"
    if _FENCE.search(text) and _is_fenced(text):
        return "FenceInFile"
    if _PRINT.match(source) or _EXCEPT.match(source) or "Missing parentheses in call" in message:
        return "Python2"
    if "multiple exception types must be parenthesized" in message:
        return "Python2"
    if _PROSE.match(source.strip()):
        return "ProseInFile"
    return "TruncatedFile" if _CUT.search(message) and _is_at_end(text, message, line) else ""


def _is_undecoded(text: str) -> bool:
    return any("\udc80" <= char <= "\udcff" for char in text)


def _is_fenced(text: str) -> bool:
    # A fence inside a string is the program's own: then the compiler's complaint is another one.
    outside = re.sub(r"(\"\"\"|''')(?:.|\n)*?\1", "", text)
    return bool(_FENCE.search(outside))


def _is_at_end(text: str, message: str, line: int | None) -> bool:
    last = len(text.rstrip().split("\n"))
    if "was never closed" in message:
        # The compiler points to the bracket; the file is cut off if nothing after it starts afresh.
        after = text.split("\n")[line or 0 :]
        return not any(re.match(r"(?:def|class|import|from|if|for|@)\b", row) for row in after)
    return "triple-quoted" in message or line is None or line >= last


def _line(text: str, line: int | None) -> str:
    rows = text.split("\n")
    return rows[line - 1] if line and line <= len(rows) else ""

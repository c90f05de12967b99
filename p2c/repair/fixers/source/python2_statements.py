"""Python 2's own statements, found in text that can't be parsed, written as Python 3."""

from __future__ import annotations

import re
from collections.abc import Iterator

from p2c.python_source import parse

_TOKEN = re.compile(
    r"""(?P<string>(?i:\b[urb]{1,2})?(?:\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''
        |"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    |(?P<comment>\#[^\n]*)|(?P<joined>\\\r?\n)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<end>\r?\n|;)|(?P<colon>:)
    |(?P<word>\w+)|(?P<blank>[ \t\f]+)|(?P<unequal><>)|(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)
_HEADS = frozenset("if elif else for while try except finally with def class".split())
MAX_STATEMENT = 5_000
"""Characters; the patterns below take the square of a statement's length."""
_EXCEPT = re.compile(r"(except\s+)(\([^()]*\)|[\w.]+)\s*,\s*(\w+)\s*\Z", re.DOTALL)


def with_statements(text: str) -> str | None:
    """Return the text as Python 3 can parse it; None where more is wrong than Python 2's statements."""
    pieces, last = [], 0
    for start, end in _statements(text):
        pieces += [text[last:start], _statement(_literals(text[start:end]))]
        last = end
    changed = "".join([*pieces, text[last:]])
    return changed if parse(changed) is not None else None


def _statements(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each simple statement, or the head of a compound one, starts and ends; comments are outside."""
    depth, start, end, head = 0, -1, 0, ""
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        depth += (kind == "open") - (kind == "close" and depth > 0)
        ends = not depth and (kind == "end" or (kind == "colon" and head in _HEADS))
        if ends or (kind == "comment" and not depth):
            if start >= 0:
                yield start, end
            start, head = -1, ""
        elif kind not in ("blank", "joined", "end", "comment"):
            if start < 0:
                start, head = token.start(), token[0]
            head = "" if token[0] == "lambda" else head
            end = token.end()
    if start >= 0:
        yield start, end


def _literals(code: str) -> str:
    """Write `<>`, backquotes, octal and long numbers, and `ur""` the new way."""
    pieces, quoted = [], False
    for token in _TOKEN.finditer(code):
        word = token[0]
        if token.lastgroup == "unequal":
            word = "!="
        elif token.lastgroup == "string":
            word = re.sub(r"\A(?i:ur)(?=[\"'])", "r", word)
        elif word == "`":
            quoted = not quoted
            word = "repr(" if quoted else ")"
        elif token.lastgroup == "word" and code[token.start() - 1 : token.start()] != ".":
            word = re.sub(r"\A(\d+|0[xX][\da-fA-F]+)[lL]\Z", r"\1", word)
            word = word if code[token.end() : token.end() + 1] == "." else re.sub(r"\A0+([0-7]+)\Z", _octal, word)
        pieces.append(word)
    return "".join(pieces)


def _octal(match: re.Match[str]) -> str:
    return f"0o{match[1]}" if match[1].strip("0") else "0"


def _statement(code: str) -> str:
    word = re.match(r"\w*", code)
    rest = code[word.end() :] if word else ""
    if not word or len(code) > MAX_STATEMENT or re.match(r"\s*(?:=[^=]|\.)", rest):
        return code
    if word[0] == "print":
        return _print(rest)
    if word[0] == "exec":
        return _exec(rest)
    if word[0] == "raise":
        return _raise(rest)
    return _EXCEPT.sub(r"\1\2 as \3", code) if word[0] == "except" else code


def _print(rest: str) -> str:
    """Return the call for what follows the word `print`, as it was where it is one call already."""
    code = rest.strip()
    if not code:
        return "print()"
    parts = _split(code)
    if code.startswith("(") and len(parts) == 1 and _is_group(code):
        return f"print{rest}"
    extra = ""
    if code.startswith(">>"):
        extra, parts = f"file={parts[0][2:].strip()}", parts[1:]
        if not parts:
            return f"print({extra})"
    if len(parts) > 1 and not parts[-1].strip():
        extra, parts = ", ".join(filter(None, [extra, 'end=" "'])), parts[:-1]
    return f"print({', '.join(filter(None, [','.join(parts).strip(), extra]))})"


def _is_group(code: str) -> bool:
    """One pair of parentheses holds it all."""
    depth = 0
    for token in _TOKEN.finditer(code):
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        if not depth:
            return token.end() == len(code)
    return False


def _split(code: str) -> list[str]:
    """Split at the commas outside of brackets and strings."""
    parts, depth = [""], 0
    for token in _TOKEN.finditer(code):
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        if token[0] == "," and not depth:
            parts.append("")
        else:
            parts[-1] += token[0]
    return parts


def _exec(rest: str) -> str:
    match = re.fullmatch(r"\s+([\w.]+|\"[^\"\n]*\"|'[^'\n]*')(?:\s+in\s+(.+))?", rest, re.DOTALL)
    if not match:
        return f"exec{rest}"
    return f"exec({match[1]}, {match[2]})" if match[2] else f"exec({match[1]})"


def _raise(rest: str) -> str:
    parts = [part.strip() for part in _split(rest)]
    if len(parts) == 2:
        return f"raise {parts[0]}({parts[1]})"
    if len(parts) == 3:
        exception = parts[0] if parts[1] == "None" else f"{parts[0]}({parts[1]})"
        return f"raise {exception}.with_traceback({parts[2]})"
    return f"raise{rest}"

"""What a server says of a failure, in one line, whatever the form of its reply."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST = 600
_DEEPEST = 4
_WORDS = (
    "message",
    "msg",
    "detail",
    "details",
    "error_description",
    "description",
    "title",
    "reason",
    "error",
    "errors",
)
_PAGE = re.compile(r"\s*(?:<!doctype|<html|<head|<\?xml)", re.I)


@dataclass(frozen=True)
class ErrorWords:
    """What was said; `status` is an HTTP status told inside the body, 0 where none is."""

    words: str = ""
    status: int = 0
    page: bool = False
    """It is a web page: a proxy or another site answered, not the model's server."""


def error_words(body: Any) -> ErrorWords:
    """Read an error: an object, a string, a list, `detail`, one wrapped in another, or a web page."""
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    if isinstance(body, str):
        if _PAGE.match(body):
            return ErrorWords(_page(body), page=True)
        body = _parsed(body)
    return ErrorWords(_line(_words(body, _DEEPEST)), _status(body, _DEEPEST))


def sent_error(data: Any) -> ErrorWords | None:
    """Return what a reply with HTTP 200 says where it is an error in place of an answer, else None."""
    if isinstance(data, list):
        return error_words(data) if data else None
    if not isinstance(data, Mapping) or data.get("choices"):
        return None
    error = data.get("error") or data.get("errors") or data.get("detail")
    failed = data.get("object") == "error" or data.get("type") == "error" or data.get("success") is False
    if error or failed or (data.get("choices") is None and data.get("message")):
        return error_words(data)
    return None


def _words(body: Any, depth: int) -> str:
    if isinstance(body, str):
        parsed = _parsed(body)
        return body if parsed is body or not depth else _words(parsed, depth - 1) or body
    if not depth:
        return ""
    if isinstance(body, list):
        return "; ".join(words for words in (_words(part, depth - 1) for part in body[:5]) if words)
    return _object(body, depth) if isinstance(body, Mapping) else ""


def _object(body: Mapping[str, Any], depth: int) -> str:
    inner = body.get("error")
    if isinstance(inner, Mapping | list):
        body = inner if isinstance(inner, Mapping) else {"errors": inner}
    words = next((text for name in _WORDS if (text := _words(body.get(name), depth - 1))), "")
    place = body.get("loc")
    if isinstance(place, list):
        words = f"{'.'.join(map(str, place))}: {words}"
    metadata = body.get("metadata")
    raw = _words(metadata.get("raw"), depth - 1) if isinstance(metadata, Mapping) else ""
    notes = [note for note in (raw, body.get("code"), body.get("type"), body.get("param")) if isinstance(note, str)]
    return " ".join([words, *(f"({note})" for note in dict.fromkeys(notes) if note and note not in words)]).strip()


def _status(body: Any, depth: int) -> int:
    if isinstance(body, list) and body and depth:
        return _status(body[0], depth - 1)
    if not isinstance(body, Mapping) or not depth:
        return 0
    for name in ("code", "status", "status_code"):
        code = body.get(name)
        number = int(code) if isinstance(code, str) and code.isdecimal() and len(code) == 3 else code
        if isinstance(number, int) and not isinstance(number, bool) and 400 <= number < 600:
            return number
    return _status(body.get("error"), depth - 1)


def _parsed(text: str) -> Any:
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _page(text: str) -> str:
    """Return the title and the first words of a web page."""
    title = re.search(r"<title[^>]*>([^<]{1,300})", text, re.I)
    body = re.sub(r"(?is)<(script|style|head)\b.{0,100000}?</\1>|<[^>]{0,2000}>", " ", text[:200_000])
    shown = _line(html.unescape(body))[:200]
    name = _line(html.unescape(title[1])) if title else ""
    return f"a web page: {name or shown}" if not shown or shown.startswith(name) else f"a web page: {name}. {shown}"


def _line(text: str) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0e-\x1f\x7f]", "", text)
    return re.sub(r"\s+", " ", plain).strip()[:_LONGEST]

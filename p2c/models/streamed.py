"""Putting a streamed reply together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

_JOINED = ("content", "reasoning_content", "reasoning", "thinking", "refusal")
_LINES = re.compile(r"\r\n|\n|\r")
"""No other mark ends a line: JSON may hold U+2028 and its like as they are."""
_DAMAGED = {"error": {"message": "a part of the stream cannot be read"}}


def assembled(chunks: Iterable[Any]) -> dict[str, Any]:
    """Return the chunks of chat.completions as the reply that they are; an error among them is the reply's."""
    message: dict[str, Any] = {}
    choice: dict[str, Any] = {"finish_reason": None, "message": message}
    reply: dict[str, Any] = {}
    for chunk in chunks:
        if not isinstance(chunk, Mapping):
            continue
        reply.update({key: chunk[key] for key in ("usage", "error", "detail") if chunk.get(key)})
        choices = chunk.get("choices")
        piece = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else None
        if piece is None:
            if chunk.get("object") == "error" or chunk.get("type") == "error":
                reply.setdefault("error", chunk)
            continue
        reply["choices"] = [choice]
        choice.update({key: piece[key] for key in ("finish_reason", "error") if piece.get(key)})
        _add(message, piece.get("delta") or piece.get("message") or {"content": piece.get("text")})
    return reply


def events(text: str) -> list[Any] | None:
    """Return the JSON values of server-sent events (or of lines of JSON), or None where the text is none.

    One that cannot be read, unless it is the last, stands as an error: the reply has a hole.
    """
    lines = [line.strip() for line in _LINES.split(text)]
    payloads = [line.partition(":")[2].strip() for line in lines if line.startswith(("data:", "error:"))]
    payloads = payloads or [line for line in lines if line.startswith("{")]
    values: list[Any] = []
    damaged = False
    for line in payloads:
        if line in ("", "[DONE]"):
            continue
        if damaged:
            values.append(_DAMAGED)
            break
        try:
            values.append(json.loads(line))
        except (ValueError, RecursionError):
            damaged = True
    return values or None


def _add(message: dict[str, Any], delta: Any) -> None:
    if not isinstance(delta, Mapping):
        return
    for name in _JOINED:
        piece = delta.get(name)
        if isinstance(piece, str):
            said = message.get(name) or ""
            message[name] = [*said, piece] if isinstance(said, list) else said + piece
        elif isinstance(piece, list):
            said = message.get(name)
            message[name] = [*(said if isinstance(said, list) else [said or ""]), *piece]
        elif isinstance(piece, Mapping):
            message[name] = piece
    _add_calls(message, delta.get("tool_calls"))


def _add_calls(message: dict[str, Any], pieces: Any) -> None:
    """A tool's call comes in pieces, each with the number of the call that it belongs to."""
    for piece in pieces if isinstance(pieces, list) else ():
        if not isinstance(piece, Mapping):
            continue
        calls: list[dict[str, Any]] = message.setdefault("tool_calls", [])
        number = piece.get("index")
        at = number if isinstance(number, int) and 0 <= number <= len(calls) else len(calls)
        if at == len(calls):
            calls.append({"type": "function", "function": {"name": "", "arguments": ""}})
        function = piece.get("function")
        for name, text in (function if isinstance(function, Mapping) else {}).items():
            if name in ("name", "arguments") and isinstance(text, str):
                calls[at]["function"][name] += text

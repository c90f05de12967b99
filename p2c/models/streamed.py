"""Putting a streamed reply together, for servers that give no other."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

_JOINED = ("content", "reasoning_content", "reasoning", "refusal")


def assembled(chunks: Iterable[Any]) -> dict[str, Any]:
    """Return the chunks of chat.completions as the reply that they are; an error among them is the reply's."""
    message: dict[str, Any] = {}
    choice: dict[str, Any] = {"finish_reason": None, "message": message}
    reply: dict[str, Any] = {}
    for chunk in chunks:
        if not isinstance(chunk, Mapping):
            continue
        reply.update({key: chunk[key] for key in ("usage", "error") if chunk.get(key)})
        choices = chunk.get("choices")
        piece = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else None
        if piece is None:
            continue
        reply["choices"] = [choice]
        choice.update({key: piece[key] for key in ("finish_reason", "error") if piece.get(key)})
        _add(message, piece.get("delta") or piece.get("message"))
    return reply


def events(text: str) -> list[Any] | None:
    """Return the JSON values of server-sent events, or None where the text is none."""
    lines = [line[5:].strip() for line in text.splitlines() if line.startswith("data:")]
    values = []
    for line in lines:
        try:
            values.append(json.loads(line))
        except (ValueError, RecursionError):
            continue
    return values or None


def _add(message: dict[str, Any], delta: Any) -> None:
    if not isinstance(delta, Mapping):
        return
    for name in _JOINED:
        told = delta.get(name)
        if isinstance(told, str):
            message[name] = message.get(name, "") + told
        elif isinstance(told, list):
            said = message.get(name)
            message[name] = [*(said if isinstance(said, list) else [said or ""]), *told]

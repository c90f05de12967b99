"""Reading a chat.completions reply, with the ways in which servers differ."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from p2c.budget import Usage
from p2c.models.base import Finish, Prompt
from p2c.models.token_estimate import count_tokens, prompt_tokens

_THOUGHT = re.compile(r"\A\s*<think>.*?(</think>|\Z)\s*", re.DOTALL)
_FINISH: dict[str, Finish] = {"length": "length", "max_tokens": "length", "content_filter": "refused"}


@dataclass(frozen=True)
class Answer:
    """One reply as read; `estimated` where the server told no (whole) usage. `error` is one sent as a reply."""

    text: str
    finish: Finish
    usage: Usage
    estimated: bool = False
    error: str = ""
    status: int = 0


def read_answer(data: Mapping[str, Any], prompt: Prompt) -> Answer:
    """Read a reply's JSON. Reasoning is not part of the text, whether in its own field or in `<think>` marks."""
    failure = data.get("error")
    choices = data.get("choices")
    if failure and not choices:
        words, status = _failure(failure)
        return Answer("", "stop", Usage(), error=words, status=status)
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else {}
    message = choice.get("message")
    message = message if isinstance(message, Mapping) else {}
    text = _THOUGHT.sub("", _text(message.get("content")))
    finish = _FINISH.get(str(choice.get("finish_reason")), "stop")
    refusal = _text(message.get("refusal"))
    if refusal and not text.strip():
        text, finish = refusal, "refused"
    usage, estimated = _usage(data.get("usage"), prompt, text)
    return Answer(text, finish, usage, estimated)


def _usage(told: Any, prompt: Prompt, text: str) -> tuple[Usage, bool]:
    told = told if isinstance(told, Mapping) else {}
    details = told.get("prompt_tokens_details")
    details = details if isinstance(details, Mapping) else {}
    asked, answered = _count(told.get("prompt_tokens")), _count(told.get("completion_tokens"))
    cached = _count(details.get("cached_tokens")) or _count(told.get("prompt_cache_hit_tokens"))
    estimated = not asked or (not answered and bool(text))
    if not asked:
        asked, cached = prompt_tokens(prompt), 0
    if not answered:
        answered = count_tokens(text)
    return Usage(1, asked, min(cached, asked), answered, _money(told.get("cost"))), estimated


def _failure(failure: Any) -> tuple[str, int]:
    if not isinstance(failure, Mapping):
        return str(failure), 0
    return str(failure.get("message") or failure), _count(failure.get("code"))


def _text(content: Any) -> str:
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, Mapping) and part.get("type") == "text"]
        content = "".join(text for text in texts if isinstance(text, str))
    # Half a surrogate pair can be said in JSON, and written nowhere.
    return content.encode("utf-8", "replace").decode() if isinstance(content, str) else ""


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0
    return max(0, int(value))


def _money(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return max(0.0, float(value))

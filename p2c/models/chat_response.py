"""Reading a chat.completions reply, with the ways in which servers differ."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from p2c.budget import Usage
from p2c.models.base import Finish, Prompt
from p2c.models.chat_request import schema_body
from p2c.models.error_bodies import error_words, sent_error
from p2c.models.reasoning_marks import without_reasoning
from p2c.models.token_estimate import count_tokens, prompt_tokens

FINISHES: Mapping[str, Finish] = {
    "stop": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "complete": "stop",
    "completed": "stop",
    "finished": "stop",
    "tool_calls": "stop",
    "tool_use": "stop",
    "function_call": "stop",
    "length": "length",
    "max_tokens": "length",
    "max_length": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
    "content_filter": "refused",
    "refusal": "refused",
    "safety": "refused",
    "recitation": "refused",
    "sensitive": "refused",
    "prohibited_content": "refused",
}
"""How servers call an end, in lower case; a reply with another (`error`, `abort`, none) is not known to be whole."""
TEXT_PARTS = frozenset({"text", "output_text", "answer", ""})
"""The parts of a content that are the answer; what else there is (thinking, reasoning, summaries) is not."""
REASONING_FIELDS = ("reasoning_content", "reasoning", "thinking", "thoughts")


@dataclass(frozen=True)
class Answer:
    """One reply as read; `estimated` where the server told no (whole) usage.

    `error` is one sent as a reply, `status` its code. `unusable` says why a reply that was paid for cannot be used,
    `broken` that it is so because it is not whole. `thought`: there was reasoning.
    """

    text: str
    finish: Finish
    usage: Usage
    estimated: bool = False
    error: str = ""
    status: int = 0
    unusable: str = ""
    broken: bool = False
    thought: bool = False


def read_answer(data: Any, prompt: Prompt) -> Answer:
    """Read a reply's JSON. Reasoning is not part of the text, whether in a field, in parts or in marks of its own."""
    sent = sent_error(data)
    if sent is not None:
        return Answer("", "stop", Usage(), error=sent.words or "an error without words", status=sent.status)
    data = data if isinstance(data, Mapping) else {}
    choices = data.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else {}
    message = choice.get("message")
    message = message if isinstance(message, Mapping) else {"content": choice.get("text")}
    finish, broken = _finish(data, choice, message)
    content = _text(message.get("content"), prompt)
    answer = without_reasoning(content, whole=finish != "length")
    text, unusable = answer.text, broken or answer.unclear
    if not text.strip() and not unusable and finish == "stop":
        text = _json_elsewhere(message, prompt)
        unusable = "" if text else _emptiness(message, content)
    refusal = _text(message.get("refusal"), prompt)
    if refusal and not answer.text.strip():
        text, finish, unusable = refusal, "refused", ""
    usage, estimated = _usage(data.get("usage"), prompt, content or _reasoning(message))
    thought = answer.text != content or bool(_reasoning(message))
    return Answer(text, finish, usage, estimated, unusable=unusable, broken=bool(broken), thought=thought)


def _finish(data: Mapping[str, Any], choice: Mapping[str, Any], message: Mapping[str, Any]) -> tuple[Finish, str]:
    """Return how a reply ended, and why it is not known to be whole."""
    reason = choice.get("finish_reason")
    failure = choice.get("error") or message.get("error") or data.get("error")
    finish = FINISHES.get(reason.lower()) if isinstance(reason, str) else None
    if failure:
        said = error_words(failure)
        return finish or "stop", f"the reply broke off: {said.words or f'error {said.status or reason}'}"
    if finish is None and choice:
        shown = f"finish_reason {reason!r}" if reason else "no finish_reason"
        return "stop", f"the reply broke off ({shown})"
    return finish or "stop", ""


def _json_elsewhere(message: Mapping[str, Any], prompt: Prompt) -> str:
    """Return the JSON that was asked for where a server's parser has put it into another field, or ""."""
    if prompt.schema is None:
        return ""
    wanted = schema_body(prompt.schema).get("required", [])
    for text in (_reasoning(message), *_arguments(message)):
        content = re.sub(
            r"\A\s*```(?:json)?[ \t]*\n(.*)\n```\s*\Z", r"\1", without_reasoning(text).text, flags=re.DOTALL
        )
        try:
            value = json.loads(content, strict=False)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and value and all(name in value for name in wanted):
            return content.strip()
    return ""


def _arguments(message: Mapping[str, Any]) -> list[str]:
    """Return the arguments of a single call of a tool: some servers answer a schema so."""
    calls = message.get("tool_calls")
    call = calls[0] if isinstance(calls, list) and len(calls) == 1 else None
    function = call.get("function") if isinstance(call, Mapping) else message.get("function_call")
    arguments = function.get("arguments") if isinstance(function, Mapping) else None
    return [arguments] if isinstance(arguments, str) else []


def _emptiness(message: Mapping[str, Any], content: str) -> str:
    if content.strip() or _reasoning(message).strip():
        return "the reply is empty: it holds reasoning and no answer"
    return "the reply is empty: it calls a tool" if message.get("tool_calls") else "the reply is empty"


def _reasoning(message: Mapping[str, Any]) -> str:
    texts = (message.get(name) for name in REASONING_FIELDS)
    return next((text for text in texts if isinstance(text, str) and text.strip()), "")


def _usage(usage: Any, prompt: Prompt, text: str) -> tuple[Usage, bool]:
    usage = usage if isinstance(usage, Mapping) else {}
    details = usage.get("prompt_tokens_details")
    details = details if isinstance(details, Mapping) else {}
    asked, answered = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    cached = _count(details.get("cached_tokens")) or _count(usage.get("prompt_cache_hit_tokens"))
    estimated = not asked or (not answered and bool(text))
    if not asked:
        asked, cached = prompt_tokens(prompt), 0
    if not answered:
        answered = count_tokens(text)
    return Usage(1, asked, min(cached, asked), answered, _money(usage.get("cost"))), estimated


def _text(content: Any, prompt: Prompt) -> str:
    if isinstance(content, Mapping):
        # An object in the place of its text: a part, or the JSON that was asked for, read already.
        is_part = isinstance(content.get("text"), str) and "type" in content
        content = [content] if is_part else json.dumps(content) if prompt.schema is not None else ""
    if isinstance(content, list):
        content = "".join(_part(part) for part in content)
    # Half a surrogate pair can be said in JSON, and written nowhere.
    return content.encode("utf-8", "replace").decode() if isinstance(content, str) else ""


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping) or part.get("thought") is True:
        return ""
    text = part.get("text")
    if isinstance(text, Mapping):
        text = text.get("value")
    return text if isinstance(text, str) and part.get("type", "") in TEXT_PARTS else ""


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0
    return max(0, int(value))


def _money(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return max(0.0, float(value))

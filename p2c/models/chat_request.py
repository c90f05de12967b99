"""The body of a chat.completions request, in what each server takes of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from p2c.models.base import Message, Prompt
from p2c.models.pricing import Price
from p2c.models.rate_limit import RateLimiter

Format = Literal["json_schema", "json_object", "none"]
Cap = Literal["max_completion_tokens", "max_tokens"]

_FORMAT = re.compile(r"response_format|json_schema|json_object|json mode|json format|schema|structured|grammar", re.I)

_NOT_TAKEN = re.compile(r"support|unknown|unrecogni|unexpected|permitted|extra|allowed|instead|invalid param", re.I)


@dataclass(frozen=True)
class ModelOptions:
    """How a model is reached and asked. Seconds for `timeout`, per try; None leaves it to the server."""

    base_url: str = ""
    api_key: str = field(default="", repr=False)
    temperature: float | None = None
    reasoning_effort: str = ""
    max_tokens: int | None = None
    timeout: float = 600.0
    parallel: int = 8
    tries: int = 6
    price: Price | None = None
    pace: RateLimiter | None = None
    """What holds calls back so that all processes together keep the endpoint's limits."""


@dataclass(frozen=True)
class Dialect:
    """What a server takes: begins with all, and learns from its refusals."""

    form: Format = "json_schema"
    cap: Cap = "max_completion_tokens"
    without: frozenset[str] = frozenset()

    def request(self, name: str, prompt: Prompt, options: ModelOptions) -> dict[str, Any]:
        """Return the keyword arguments of one request."""
        messages = list(prompt.messages)
        if prompt.schema is not None and self.form != "json_schema":
            messages = _ask_for_json(messages, prompt.schema)
        if "system" in self.without:
            messages = _without_system(messages)
        wanted = {
            "temperature": options.temperature,
            "reasoning_effort": options.reasoning_effort or None,
            self.cap: options.max_tokens,
            "response_format": self._format(prompt),
        }
        chosen = {key: value for key, value in wanted.items() if value is not None and key not in self.without}
        return {"model": name, "messages": [_message(message) for message in messages], **chosen}

    def learn(self, words: str, request: dict[str, Any]) -> Dialect | None:
        """Return what to speak after a refusal (HTTP 400) in these words, or None if it was not about manners."""
        if _NOT_TAKEN.search(words):
            if self.cap in request and self.cap in words:
                return self._other_cap()
            for key in ("temperature", "reasoning_effort"):
                if key in request and key in words:
                    return replace(self, without=self.without | {key})
        if "response_format" in request and _FORMAT.search(words):
            return replace(self, form="json_object" if self.form == "json_schema" else "none")
        has_system = "system" not in self.without and any(m["role"] == "system" for m in request["messages"])
        if has_system and re.search(r"system (role|message|prompt)\w* (is |are )?not supported", words, re.I):
            return replace(self, without=self.without | {"system"})
        return None

    def _other_cap(self) -> Dialect:
        other: Cap = "max_tokens" if self.cap == "max_completion_tokens" else "max_completion_tokens"
        return replace(self, cap=other, without=self.without | {self.cap})

    def _format(self, prompt: Prompt) -> dict[str, Any] | None:
        if prompt.schema is None or self.form == "none":
            return None
        if self.form == "json_object":
            return {"type": "json_object"}
        return {"type": "json_schema", "json_schema": _named(prompt.schema, prompt.stage)}


def schema_body(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON schema itself, without the name around it."""
    body = schema.get("schema")
    return body if isinstance(body, dict) and "type" not in schema else schema


def _named(schema: dict[str, Any], stage: str) -> dict[str, Any]:
    if schema_body(schema) is not schema:
        return {"name": "reply", **schema}
    name = str(schema.get("title") or stage or "reply")
    return {"name": re.sub(r"\W+", "_", name)[:60], "schema": schema}


def _ask_for_json(messages: list[Message], schema: dict[str, Any]) -> list[Message]:
    words = "Answer with one JSON value, and nothing else, that follows this JSON schema:"
    text = f"{messages[-1].content.rstrip()}\n\n{words}\n{json.dumps(schema_body(schema))}\n"
    return [*messages[:-1], replace(messages[-1], content=text)]


def _without_system(messages: list[Message]) -> list[Message]:
    heads = [m for m in messages if m.role == "system"]
    rest = [m for m in messages if m.role != "system"]
    text = "\n\n".join(m.content for m in [*heads, *rest[:1]])
    first = replace(rest[0], content=text) if rest and rest[0].role == "user" else None
    return [first, *rest[1:]] if first else [Message("user", text), *rest]


def _message(message: Message) -> dict[str, Any]:
    # Repositories carry undecodable bytes as surrogate escapes, which no server takes.
    text = message.content.encode("utf-8", "backslashreplace").decode()
    if not message.images:
        return {"role": message.role, "content": text}
    images = [{"type": "image_url", "image_url": {"url": url}} for url in message.images]
    return {"role": message.role, "content": [{"type": "text", "text": text}, *images]}

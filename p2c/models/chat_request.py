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

_FORMAT = re.compile(
    r"response_?(format|schema|mime_?type)|json_?(schema|object|mode)|json format|schema|structured.?output|grammar"
    r"|guided|constrained",
    re.I,
)
_OUT_OF_RANGE = re.compile(r"between|range|less than|greater than|at (most|least)|<=|>=|\[\d", re.I)
_ROLE = r"(roles?|messages?|prompts?|instructions?|turns?)"
_NO_SYSTEM = re.compile(
    rf"(system|developer) {_ROLE}.{{0,20}}(not|n't|un) ?(support|allow|enabl|permit|accept)"
    rf"|(not|n't) (support|allow|accept|take|have).{{0,20}}(system|developer)( {_ROLE}|\b)"
    r"|only user and assistant|(invalid|unknown|unexpected|unsupported) role.{0,20}system"
    r"|role.{0,12}system.{0,30}(not|invalid)"
    r"|system.{0,10} is not (one of|a valid|valid)",
    re.I,
)
_ALTERNATE = re.compile(r"alternat|consecutive|same role|in a row|after the (optional )?system", re.I)
_NO_THINKING = re.compile(
    r"enable_thinking.{0,40}(false|disabled?|off)|(disable|turn off|without) (thinking|reasoning)"
    r"|(thinking|reasoning)( mode)? (is |are )?(not|n't) (supported|allowed|available)",
    re.I,
)
_STREAM_ONLY = re.compile(
    r"only supports? stream|stream(ing)? (must|has to|should) be|(only|requires?|use) streaming|stream=true", re.I
)
_NO_STREAM = re.compile(
    r"stream(ing)?\b.{0,40}(not|n't|un) ?(support|allow|enabl|permit|accept|available|recogni)"
    r"|(not|n't) (support|allow|accept|permit).{0,20}stream|verified to stream|without stream|disable stream"
    r"|(unknown|unrecogni[sz]ed|unexpected|invalid|unsupported|extra).{0,40}\bstream\b|stream\b.{0,6}must be false"
    r"|\bstream: extra inputs",
    re.I,
)
THINKING_OFF = {"enable_thinking": False, "chat_template_kwargs": {"enable_thinking": False}}
"""DashScope and SiliconFlow read the first, vLLM, SGLang and llama.cpp the second."""


@dataclass(frozen=True)
class ModelOptions:
    """How a model is reached and asked. `timeout` is seconds of silence; None leaves it to the server.

    `context` is how many tokens the model reads and writes together, where somebody said so.
    """

    base_url: str = ""
    api_key: str = field(default="", repr=False)
    temperature: float | None = None
    reasoning_effort: str = ""
    max_tokens: int | None = None
    context: int | None = None
    timeout: float = 600.0
    parallel: int = 8
    tries: int = 6
    stream: bool = True
    price: Price | None = None
    pace: RateLimiter | None = None
    """What holds calls back so that all processes together keep the endpoint's limits."""


@dataclass(frozen=True)
class Dialect:
    """What a server takes: begins with all, and learns from its refusals and from replies of no use."""

    form: Format = "json_schema"
    cap: Cap = "max_completion_tokens"
    without: frozenset[str] = frozenset()
    """Arguments that are left out; `system` and `repeats` are turns: those, and several of a role in a row."""
    thinks: bool = True
    stream: bool = True

    def request(self, name: str, prompt: Prompt, options: ModelOptions) -> dict[str, Any]:
        """Return the keyword arguments of one request."""
        messages = list(prompt.messages)
        if prompt.schema is not None and self.form != "json_schema":
            messages = _ask_for_json(messages, prompt.schema)
        if "system" in self.without:
            messages = _without_system(messages)
        if "repeats" in self.without:
            messages = _alternating(messages)
        wanted = {
            "temperature": options.temperature,
            "reasoning_effort": options.reasoning_effort or None,
            self.cap: options.max_tokens,
            "response_format": self._format(prompt),
            "stream": self.stream or None,
            "stream_options": {"include_usage": True} if self.stream else None,
            "extra_body": self._extra(),
        }
        chosen = {key: value for key, value in wanted.items() if value is not None and key not in self.without}
        return {"model": name, "messages": [_message(message) for message in messages], **chosen}

    def learn(self, words: str, request: dict[str, Any]) -> Dialect | None:
        """Return what to speak after a refusal in these words, or None if it was not about manners."""
        if not words:
            return self._plainer(request)
        refused = self._refused_argument(words, request)
        if refused is not None:
            return refused
        if self.thinks and _NO_THINKING.search(words):
            return replace(self, thinks=False, without=self.without | {"reasoning_effort"})
        if (_NO_STREAM if self.stream else _STREAM_ONLY).search(words):
            return replace(self, stream=not self.stream)
        if "response_format" in request and _FORMAT.search(words):
            return self.stepped_down()
        return self._other_turns(words, request["messages"])

    def _refused_argument(self, words: str, request: dict[str, Any]) -> Dialect | None:
        """Leave out an argument that was sent and is named."""
        extra = request.get("extra_body", {})
        for key in ("enable_thinking", "chat_template_kwargs", "stream_options"):
            if key in words and (key in request or key in extra):
                return replace(self, without=self.without | {key})
        if _OUT_OF_RANGE.search(words):
            return None
        if self.cap in request and self.cap in words:
            return self._other_cap()
        named = next((key for key in ("temperature", "reasoning_effort") if key in request and key in words), None)
        return replace(self, without=self.without | {named}) if named else None

    def stepped_down(self) -> Dialect:
        """Return this with JSON asked for one step less strictly: by a schema, as any object, in words alone."""
        return replace(self, form="json_object" if self.form == "json_schema" else "none")

    def after_useless(self, request: dict[str, Any], thought: bool) -> Dialect:
        """Return what to try after a reply that cannot be used: parsers of reasoning and of formats lose answers."""
        if "response_format" in request:
            return self.stepped_down()
        return replace(self, thinks=False) if thought else self

    def after_broken(self) -> Dialect:
        """Return what to try after replies that broke off: proxies cut streams, and some servers never end them."""
        return replace(self, stream=False)

    def _plainer(self, request: dict[str, Any]) -> Dialect | None:
        """Leave out, after a refusal without words, what most servers refuse."""
        if "response_format" in request:
            return self.stepped_down()
        left = [key for key in ("reasoning_effort", "temperature", "extra_body", "stream_options") if key in request]
        if not left and self.stream:
            return replace(self, stream=False)
        return replace(self, without=self.without | {left[0]}) if left else None

    def _other_turns(self, words: str, messages: list[dict[str, Any]]) -> Dialect | None:
        roles = [message["role"] for message in messages]
        has_system = "system" not in self.without and "system" in roles
        if has_system and _NO_SYSTEM.search(words):
            return replace(self, without=self.without | {"system"})
        if not _ALTERNATE.search(words):
            return None
        if "repeats" not in self.without and any(map(str.__eq__, roles, roles[1:])):
            return replace(self, without=self.without | {"repeats"})
        return replace(self, without=self.without | {"system", "repeats"}) if has_system else None

    def _extra(self) -> dict[str, Any] | None:
        if self.thinks:
            return None
        return {key: value for key, value in THINKING_OFF.items() if key not in self.without} or None

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


def _alternating(messages: list[Message]) -> list[Message]:
    turns: list[Message] = []
    for message in messages:
        if turns and turns[-1].role == message.role:
            last = turns[-1]
            text = f"{last.content}\n\n{message.content}"
            turns[-1] = replace(last, content=text, images=last.images + message.images)
        else:
            turns.append(message)
    return turns


def _message(message: Message) -> dict[str, Any]:
    # Repositories carry undecodable bytes as surrogate escapes, which no server takes.
    text = message.content.encode("utf-8", "backslashreplace").decode()
    if not message.images:
        return {"role": message.role, "content": text}
    images = [{"type": "image_url", "image_url": {"url": url}} for url in message.images]
    return {"role": message.role, "content": [{"type": "text", "text": text}, *images]}

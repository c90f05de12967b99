"""What went wrong between us and a server: what passes by itself, and what does not."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import mktime_tz, parsedate_tz
from typing import Literal

from p2c.errors import ContextError, ModelError

UNUSABLE_TRIES = 3
"""Tries of a request whose replies cannot be used."""
PROXY_TRIES = 3
"""Tries where a proxy ends what takes too long: the next try takes as long."""

Kind = Literal["passing", "loading", "unusable", "unreached", "cut", "slow", "busy"]


class TransientError(Exception):
    """A try that failed in a way that may pass. `wait`: seconds that the server asks for; `most`: tries in all.

    `kind` is `loading` where the server is about to be there, `unusable` where it gave a reply
    of no use, `unreached` where no connection came about, `cut` where one ended in the middle of a reply;
    where it is `slow` or `busy`, fewer requests at once may do better. `hint` is what a person can do.
    """

    def __init__(
        self,
        words: str,
        wait: float | None = None,
        most: int | None = None,
        kind: Kind = "passing",
        hint: str = "",
    ) -> None:
        super().__init__(words)
        self.wait = wait
        self.most = most
        self.kind = kind
        self.hint = hint


@dataclass(frozen=True)
class Pattern:
    """One row: statuses (0: none was told) and words, and what they mean. Without statuses every one will do."""

    meaning: str
    words: str = ""
    statuses: frozenset[int] = frozenset()

    def fits(self, status: int, words: str) -> bool:
        """Whether it is this."""
        return (not self.statuses or status in self.statuses) and bool(re.search(self.words, words, re.I))


_WORDED_STATUSES = frozenset({0, 200, 400, 404, 413, 422, 429, 500, 503})
REFUSALS: tuple[Pattern, ...] = (
    Pattern(
        "cap",
        r"max_((completion|output)_)?tokens\b.{0,20}(too (large|high)|must be|should be|exceeds|cannot|at most)",
        _WORDED_STATUSES,
    ),
    Pattern(
        "context",
        r"context.?length|context.?window|context.?size|context the overflows|maximum context|max_model_len|n_ctx"
        r"|too many (input |prompt )?tokens|(prompt|input|request|messages?)( \w+)?( is| are)? too (long|large)"
        r"|reduce the (length|size)|exceeds? the (model'?s? )?(max|context|limit of \d+ tokens)"
        r"|maximum (input|prompt|allowed) (length|tokens)|input (token|length)s?( count)?( \(?\d+\)?)? (exceeds|must)"
        r"|reduce your (message|prompt|input) (size|length)|longer than the (maximum|model)|string_above_max_length",
        _WORDED_STATUSES,
    ),
    Pattern("context", statuses=frozenset({413})),
    # as TGI ("must have less than 4096 tokens. Given: 9000") and ExLlama ("is greater than max_seq_len 4096") say it
    Pattern(
        "context",
        r"\A(?=.*(token|seq_len|sequence))(?=.*\d{3,}).*"
        r"(must (be|have)|exceed|greater than|more than|larger than|fewer than|less than|maximum|at most)",
        frozenset({0, 200, 400, 422, 500}),
    ),
    Pattern("credit", statuses=frozenset({402})),
    Pattern(
        "credit",
        r"insufficient.?(quota|balance|credit|funds)|exceeded your current quota|billing|credit balance"
        r"|out of credits|payment required|spending limit|arrears",
        frozenset({0, 200, 400, 401, 403, 429}),
    ),
    Pattern("region", r"(country|region|territory|location).{0,40}not (supported|available)", frozenset({0, 400, 403})),
    Pattern("content", r"moderation|flagged|content.?(policy|management|filter)|safety", frozenset({0, 400, 403, 451})),
    Pattern("page", r"\Aa web page", frozenset({401, 403, 407})),
    Pattern("key", statuses=frozenset({401, 403})),
    Pattern("key", r"api.?key.{0,20}(not valid|invalid|expired|missing)|(invalid|incorrect|no) api.?key",
            frozenset({0, 400})),
    Pattern("reply", r"json_validate_failed|failed to (generate|validate) json|tool_use_failed|output_parse_failed"
            r"|failed to parse (the )?(input at pos|model output|output|generated)|invalid (content|model output)"
            r"|produced invalid", frozenset({0, 200, 400, 422, 500})),
    Pattern(
        "loading",
        r"\bload(ing|ed)?\b.{0,40}(model|progress|wait|second)|model.{0,60}(loading|starting|warming|initiali[sz]ing)"
        r"|(loading|warming up|starting up|is starting|initiali[sz]ing|cold start)"
        r"|not (yet )?(ready|loaded)|waiting for .{0,30} to (start|load)|estimated_time",
        frozenset({0, 200, 409, 425, 500, 502, 503}),
    ),
    Pattern("proxy", statuses=frozenset({504, 524})),
    Pattern("images", r"(image|vision|multimodal|mmproj).{0,60}(not|n't|only|no ) ?.{0,20}"
            r"(support|accept|text|valid|provided|enabled)"
            r"|not (support|accept).{0,30}(image|vision|multimodal)", frozenset({0, 200, 400, 404, 415, 422, 500})),
    Pattern("model", r"model.{0,80}(not found|does not exist|not exist|not available|no such|unknown|decommissioned"
            r"|deprecated|not loaded|pull)|(invalid|unknown|no such|unsupported) model|no models? (is )?loaded",
            frozenset({0, 200, 400, 404, 410, 422})),
    Pattern("address", statuses=frozenset({404, 405, 301, 302, 307, 308})),
    Pattern("busy", statuses=frozenset({408, 409, 425, 429})),
    Pattern("busy", r"overload|rate.?limit|too many requests|at capacity|try again later|server is busy|queue is full",
            frozenset({0, 200, 400, 403, 413})),
)  # fmt: skip
"""What servers say, the first row that fits. A status from 500 on that fits none is `busy` too."""

LARGER = (
    "Give the server a larger context (llama.cpp: -c; Ollama: OLLAMA_CONTEXT_LENGTH; vLLM: --max-model-len; "
    "LM Studio: the model's context length), or use a model that reads more."
)
_OWN_WORDS = "This is the server's own message; see its log or documentation."
_SAID: dict[str, tuple[str, str]] = {
    "cap": ("{model!r} does not allow replies of that length", "Lower --max-reply-tokens."),
    "context": ("the prompt exceeds the context of {model!r}", LARGER),
    "credit": ("no credit is left for {model!r}", "Add credit, or use another model or --base-url."),
    "region": ("{model!r} is not available in your region", "Use another model or --base-url."),
    "content": (
        "{model!r} refused the request because of its content rules",
        "Another --model or --base-url may accept it.",
    ),
    "key": (
        "the key was refused for {model!r}",
        "Check OPENAI_API_KEY, and that it belongs to the server of --base-url.",
    ),
    "page": (
        "something in front of the server of {model!r} refused the request",
        "A proxy, a login or a filter answers in its place: check --base-url and the network.",
    ),
    "images": ("{model!r} accepts no images", "Use a vision model, or build with --no-figures."),
    "model": (
        "{model!r} was not found",
        "Check the name, and that the server has loaded the model; `p2c doctor` lists the names.",
    ),
    "address": (
        "{model!r} was not found",
        "Check the name (`p2c doctor` lists the models) and that the address ends in /v1.",
    ),
}


def meaning_of(status: int, words: str) -> str:
    """Return what a refusal means by the table; "" where no row fits."""
    meaning = next((row.meaning for row in REFUSALS if row.fits(status, words)), "")
    return meaning or ("busy" if status >= 500 else "")


def refused(status: int, words: str, model: str, base_url: str, headers: Mapping[str, str] | None = None) -> Exception:
    """Return what an HTTP status (0: none) with these words means: TransientError, ContextError or ModelError."""
    meaning = meaning_of(status, words)
    if meaning == "credit" and status == 429 and asked_wait({}, words) is not None:
        meaning = "busy"  # a quota of the minute or the day, which the same words say
    message = f"HTTP {status}: {words[:300]}" if status not in (0, 200) else words[:300]
    if meaning == "busy":
        return TransientError(message, wait=asked_wait(headers or {}, words), kind="busy")
    if meaning == "loading":
        hint = "The server is still loading the model; start the same command again once it is there."
        return TransientError(message, wait=asked_wait(headers or {}, words), kind="loading", hint=hint)
    if meaning == "reply":
        return TransientError(message, most=UNUSABLE_TRIES, kind="unusable")
    if meaning == "proxy":
        hint = (
            "Something in front of the server gives up on replies that take so long: raise its time limit, lower "
            "P2C_PARALLEL, or use a faster model."
        )
        return TransientError(message, most=PROXY_TRIES, hint=hint)
    said = f"{base_url} said: {words[:500] or 'nothing'}"
    if meaning in _SAID:
        what, hint = _SAID[meaning]
        kind = ContextError if meaning == "context" else ModelError
        return kind(f"{what.format(model=model)}; {said}", hint)
    code = f" (HTTP {status})" if status not in (0, 200) else ""
    return ModelError(f"{model!r} refused the request{code}; {said}", _OWN_WORDS)


_ASKED = re.compile(
    r"(?:try again|retry|wait|estimated_time\"?:?|retrydelay\"?:? ?\"?)\s*(?:in|after|for)?\s*"
    r"(?:(?P<minutes>\d+)m)?(?P<seconds>\d+(?:\.\d+)?)(?P<unit>ms|s| ?sec)",
    re.I,
)


def asked_wait(headers: Mapping[str, str], words: str = "") -> float | None:
    """Return the seconds of `retry-after-ms` or `retry-after` (a number or a date), or those told in words, or None."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        return seconds if seconds >= 0 else None
    date = parsedate_tz(headers.get("retry-after", ""))
    if date:
        return max(0.0, mktime_tz(date) - time.time())
    asked = _ASKED.search(words)
    if asked is None:
        return None
    seconds = float(asked["seconds"]) / (1000.0 if asked["unit"].lower() == "ms" else 1.0)
    return float(asked["minutes"] or 0) * 60 + seconds


def unreached(error: Exception) -> bool:
    """Whether no connection came about at all (refused, unknown host, connect time-out)."""
    return type(error.__cause__).__name__ in {"ConnectError", "ConnectTimeout", "UnsupportedProtocol", "ProxyError"}

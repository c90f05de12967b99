"""A model server with a known pace: replies by what is asked, a latency, and a prefix cache such as OpenAI's."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from p2c.models.token_estimate import count_tokens
from tests.servers.openai_server import Answer, OpenAIServer, say

FIRST_TOKEN = 0.5
"""Seconds."""
PACE = 2000.0
"""Tokens a second."""
CACHE_LEAST, CACHE_STEP = 1024, 128
"""Tokens: a cached prefix is at least so long, and grows in such steps (OpenAI's documented rule)."""


_HEAD = re.compile(r"^# (?:Step (\d) of 4: .*|(Analysis of one file:|Write) (\S+))$", re.MULTILINE)


@dataclass(frozen=True)
class Call:
    """One call as the server saw it: who asked, seconds that it took, tokens read, of them from the cache, written."""

    stage: str
    seconds: float
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int


class Served:
    """An OpenAI-like server that answers each stage (`code:model.py`) with `replies[stage]`.

    A prompt's prefix is in the cache once an earlier prompt with it has given its first token.
    """

    def __init__(self, replies: Mapping[str, str], pace: Callable[[int], float] | None = None) -> None:
        self.calls: list[Call] = []
        self._replies = replies
        self._pace = pace or (lambda tokens: FIRST_TOKEN + tokens / PACE)
        self._prefixes = Prefixes()
        self._lock = threading.Lock()
        self.server = OpenAIServer(self._answer)

    def _answer(self, body: dict[str, Any]) -> Answer:
        stage = stage_of([str(message["content"]) for message in body["messages"] if message["role"] == "user"])
        said = self._replies[stage]
        now = time.monotonic()
        text = "".join(f"\0{message['role']}\0{message['content']}" for message in body["messages"])
        prompt, cached = self._prefixes.read(text, now, now + FIRST_TOKEN)
        written = count_tokens(said)
        seconds = self._pace(written)
        with self._lock:
            self.calls.append(Call(stage, seconds, prompt, cached, written))
        usage = {
            "prompt_tokens": prompt,
            "completion_tokens": written,
            "total_tokens": prompt + written,
            "prompt_tokens_details": {"cached_tokens": cached},
        }
        answer = say(said, usage=usage)
        return Answer(answer.body, delay=seconds)


class Prefixes:
    """What a prefix cache holds: each prompt from the moment that its first token was given."""

    def __init__(self) -> None:
        self._read: list[tuple[float, str]] = []
        self._lock = threading.Lock()

    def read(self, text: str, now: float, ready: float) -> tuple[int, int]:
        """Return the tokens of a prompt and how many of them are cached `now`; keep it for those from `ready` on."""
        with self._lock:
            known = [earlier for since, earlier in self._read if since <= now]
            self._read.append((ready, text))
        longest = max((shared(text, earlier) for earlier in known), default=0)
        cached = count_tokens(text[:longest])
        return count_tokens(text), 0 if cached < CACHE_LEAST else cached // CACHE_STEP * CACHE_STEP


def shared(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:  # halving, as slices are compared quicker than characters
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def stage_of(asked: list[str]) -> str:
    """Return who asks, from the last heading of p2c's own prompts."""
    for text in reversed(asked):
        if heads := _HEAD.findall(text):
            step, kind, path = heads[-1]
            if step:
                return ("plan.overview", "plan.design", "plan.logic", "plan.config")[int(step) - 1]
            return f"{'analysis' if kind.startswith('Analysis') else 'code'}:{path}"
    raise LookupError(f"no heading of a p2c prompt: {asked[-1][-300:]!r}")

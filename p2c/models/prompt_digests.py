"""Which prompt is which: digests of prompts, and how often each was asked."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import Counter
from dataclasses import dataclass

from p2c.models.base import Message, Prompt


@dataclass(frozen=True)
class NumberedPrompt:
    """A prompt as it was asked: its digest (64 hex digits), and three counts, each from 1.

    `occurrence` counts this very prompt, `turn` the prompts of its stage, `order` all of the run.
    """

    prompt: Prompt
    digest: str
    occurrence: int
    turn: int
    order: int


class PromptCounter:
    """Counts what is asked in one run; safe to share between threads."""

    def __init__(self) -> None:
        self._prompts: Counter[str] = Counter()
        self._stages: Counter[str] = Counter()
        self._order = 0
        self._lock = threading.Lock()

    def enter(self, prompt: Prompt) -> NumberedPrompt:
        """Count a prompt; an occurrence that a wrapper has counted already stands."""
        digest = prompt_digest(prompt)
        with self._lock:
            self._prompts[digest] += 1
            self._stages[prompt.stage] += 1
            self._order += 1
            occurrence = prompt.occurrence or self._prompts[digest]
            return NumberedPrompt(prompt, digest, occurrence, self._stages[prompt.stage], self._order)


def prompt_digest(prompt: Prompt) -> str:
    """SHA-256 over what the model sees (messages, images, schema); stage and counts are no part of it."""
    parts = [message_digest(message) for message in prompt.messages]
    return text_digest(json.dumps([parts, prompt.schema], sort_keys=True))


def message_digest(message: Message) -> str:
    """SHA-256 over role, text and images of one message."""
    return text_digest(json.dumps([message.role, message.content, [text_digest(i) for i in message.images]]))


def text_digest(text: str) -> str:
    """SHA-256 of a text, which may hold surrogate escapes."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def slug(text: str, fallback: str = "prompt") -> str:
    """Return `text` as part of a file name: letters, digits, dots, dashes, underscores, at most 60."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", text)[:60].strip("-.") or fallback

"""A reply as it comes in: counted, shown to whoever looks on, and ended early where it never will."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from p2c.models.repetition import LOOKED_AT, is_runaway
from p2c.models.token_estimate import count_tokens

KEPT_ALIVE = 3.0
"""A server may say so many times as long as a silence may last that it is at work, and say nothing else."""
LOOK_EVERY = 1_000
"""Characters after which it is looked again whether a reply goes round in circles."""
_CUT = b'\n\ndata: {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]}\n\n'
_TEXTS = ("content", "reasoning_content", "reasoning", "thinking")


class SilenceError(Exception):
    """A server that sends signs of life, and no reply."""


class IncomingReply:
    """The body of one reply, streamed or not, as far as it has come.

    `on_tokens` is called with the tokens so far (estimated), and may raise what ends the call. `silence` is in seconds.
    """

    def __init__(
        self, on_tokens: Callable[[int], None], silence: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.tokens = 0
        self.ended = ""
        """Why no more of it is wanted, where that is so before its end."""
        self._on_tokens, self._clock = on_tokens, clock
        self._longest = silence * KEPT_ALIVE
        self._last = clock()
        self._parts: list[bytes] = []
        self._line = b""
        self._tails: dict[str, str] = {}
        self._unseen = 0

    @property
    def body(self) -> str:
        """What has come; one that was ended early says so as servers do."""
        return (b"".join(self._parts) + (_CUT if self.ended else b"")).decode("utf-8-sig", "replace")

    def add(self, data: bytes) -> bool:
        """Take what has come; returns whether more is wanted. Raises SilenceError."""
        self._parts.append(data)
        *lines, self._line = (self._line + data).split(b"\n")
        before = self.tokens
        for line in lines:
            if line.startswith(b"data:"):
                self._take(line[5:])
        if self.tokens > before:
            self._last = self._clock()
            self._on_tokens(self.tokens)
        elif self._clock() - self._last > self._longest:
            raise SilenceError(f"nothing of a reply came in {self._longest:g} seconds")
        return not self._goes_round()

    def _take(self, line: bytes) -> None:
        for name, text in _texts(line):
            self.tokens += max(1, count_tokens(text))
            self._tails[name] = (self._tails.get(name, "") + text)[-LOOKED_AT:]
            self._unseen += len(text)

    def _goes_round(self) -> bool:
        if self._unseen < LOOK_EVERY:
            return False
        self._unseen = 0
        if any(is_runaway(tail) for tail in self._tails.values()):
            self.ended = "it repeats itself"
        return bool(self.ended)


def _texts(line: bytes) -> list[tuple[str, str]]:
    """Return what one event adds to the reply, by field."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return []
    choices = event.get("choices") if isinstance(event, Mapping) else None
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else {}
    delta: Any = choice.get("delta") or choice.get("message")
    if not isinstance(delta, Mapping):
        return [("text", choice["text"])] if isinstance(choice.get("text"), str) and choice["text"] else []
    texts = [(name, delta[name]) for name in _TEXTS if isinstance(delta.get(name), str) and delta[name]]
    return texts or [("other", json.dumps(delta[name])) for name in ("tool_calls", "content") if delta.get(name)]

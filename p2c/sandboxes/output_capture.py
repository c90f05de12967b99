"""What a program prints: decoded as it comes, its head and its tail kept."""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from p2c.sandboxes.base import MAX_OUTPUT, ExecResult, OnOutput

Redact = Callable[[str], str]


class OutputBuffer:
    """Text of one stream, at most `limit` characters of it: the first half and the last half."""

    def __init__(self, limit: int = MAX_OUTPUT) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._half = limit // 2
        self._head = ""
        self._tail: deque[str] = deque()
        self._tail_size = 0
        self._dropped = 0

    @property
    def truncated(self) -> bool:
        """Something in the middle is missing."""
        return self._dropped > 0

    def feed(self, data: bytes, final: bool = False) -> str:
        """Take bytes, return the text in them; what is not UTF-8 becomes U+FFFD."""
        text = self._decoder.decode(data, final)
        room = self._half - len(self._head)
        if room > 0:
            self._head += text[:room]
        rest = text[room:] if room > 0 else text
        if rest:
            self._tail.append(rest)
            self._tail_size += len(rest)
        while self._tail and self._tail_size > self._half:
            excess = self._tail_size - self._half
            first = self._tail.popleft()
            if len(first) > excess:
                self._tail.appendleft(first[excess:])
            gone = min(excess, len(first))
            self._tail_size -= gone
            self._dropped += gone
        return text

    def skip(self, count: int) -> None:
        """Note that so much of the middle was left out before it came here."""
        self._dropped += count

    def text(self) -> str:
        """Return what was kept; a line in the middle says how much is missing."""
        gap = f"\n[... {self._dropped} characters left out ...]\n" if self._dropped else ""
        return self._head + gap + "".join(self._tail)


class Lines:
    """Hands text on in whole lines, each redacted, so that no secret passes in two halves."""

    def __init__(self, redact: Redact, then: Callable[[str], None]) -> None:
        self._redact = redact
        self._then = then
        self._rest = ""

    def feed(self, text: str) -> None:
        """Take text; whole lines of it, and of what was waiting, are handed on."""
        lines, newline, self._rest = (self._rest + text).rpartition("\n")
        if newline:
            self._then(self._redact(lines + newline))

    def close(self) -> None:
        """Hand on what waits without a line's end."""
        if self._rest:
            self._then(self._redact(self._rest))
        self._rest = ""


def redacted(run: Callable[[OnOutput | None], ExecResult], redact: Redact, on_output: OnOutput | None) -> ExecResult:
    """Run a command; what it prints is rid of credentials, as it comes and in the result."""
    if on_output is None:
        result = run(None)
    else:
        streams = {"stdout": Lines(redact, partial(on_output, "stdout"))}
        streams["stderr"] = Lines(redact, partial(on_output, "stderr"))
        result = run(lambda name, text: streams[name].feed(text))
        for stream in streams.values():
            stream.close()
    return replace(result, stdout=redact(result.stdout), stderr=redact(result.stderr))

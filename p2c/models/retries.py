"""What went wrong between us and a server: what passes by itself, and what does not."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import mktime_tz, parsedate_tz

from p2c.errors import ContextError, ModelError

_TOO_LONG = re.compile(
    r"context.?length|context.?window|context size|maximum context|max_model_len|too many (input )?tokens"
    r"|(prompt|input|request) is too (long|large)|reduce the length|exceeds? the (model'?s )?(max|context)",
    re.IGNORECASE,
)
_NO_CREDIT = re.compile(r"insufficient.?(quota|balance|credit|funds)|exceeded your current quota|billing", re.I)


class TransientError(Exception):
    """A try that failed in a way that may pass. `wait`: seconds that the server asks for; `most`: tries in all."""

    def __init__(self, words: str, wait: float | None = None, most: int | None = None, unreached: bool = False) -> None:
        super().__init__(words)
        self.wait = wait
        self.most = most
        self.unreached = unreached


def refused(status: int, words: str, model: str, base_url: str, headers: Mapping[str, str] | None = None) -> Exception:
    """Return what an HTTP status with these words means: Passing, ContextError or ModelError."""
    said = f"{base_url} said: {words[:500]}"
    if status in (400, 413, 422, 500) and _TOO_LONG.search(words):
        return ContextError(
            f"the prompt exceeds the context of {model!r}; {said}", "Use a model with a larger context."
        )
    if status == 402 or (status in (403, 429) and _NO_CREDIT.search(words)):
        return ModelError(f"no credit is left for {model!r}; {said}", "Add credit, or use another model or --base-url.")
    if status in (408, 409, 429) or status >= 500:
        return TransientError(f"HTTP {status}: {words[:300]}", wait=asked_wait(headers or {}))
    if status in (401, 403):
        hint = "Check OPENAI_API_KEY, and that it belongs to the server of --base-url."
        return ModelError(f"the key was refused for {model!r}; {said}", hint)
    if status == 404:
        hint = "Check the name (`p2c doctor` lists the models) and that the address ends in /v1."
        return ModelError(f"{model!r} was not found; {said}", hint)
    return ModelError(f"{model!r} refused the request (HTTP {status}); {said}")


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of `retry-after-ms` or `retry-after` (a number or a date), or None."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        return seconds if seconds >= 0 else None
    date = parsedate_tz(headers.get("retry-after", ""))
    return max(0.0, mktime_tz(date) - time.time()) if date else None


def unreached(error: Exception) -> bool:
    """Whether no connection came about at all (refused, unknown host, connect time-out)."""
    return type(error.__cause__).__name__ in {"ConnectError", "ConnectTimeout", "UnsupportedProtocol", "ProxyError"}

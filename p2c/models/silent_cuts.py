"""Prompts of which a server has read only a part, and did not say so."""

from __future__ import annotations

import re
import statistics
import threading

from p2c.models.base import Prompt
from p2c.models.token_estimate import text_tokens

CUT_FROM = 2_000
"""Tokens; shorter prompts are not looked at."""
LEAST_SHARE = 0.87
"""Of an estimate, which is at most 15 % too high for English, LaTeX and code: what reads less has cut the prompt."""
LEAST_OF_USUAL = 0.9
"""The same, of what the server usually counts for such an estimate, once it has counted some."""
LEAST_SHARE_CJK = 0.5
"""The same for Chinese, Japanese and Korean, of which some tokenizers make half as many tokens as others."""
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WINDOWS = tuple(size for n in range(11, 19) for size in (1 << n, 3 << (n - 1)))
"""Sizes of windows that servers are started with."""


class SilentCuts:
    """What a server counts beside what is estimated; safe to share between threads."""

    def __init__(self) -> None:
        self._shares: list[float] = []
        self._lock = threading.Lock()

    def expected(self, prompt: Prompt, counted: int) -> int | None:
        """Return about how many tokens a prompt has of which only `counted` were read; None where it was read whole."""
        tokens = text_tokens(prompt)
        if tokens < CUT_FROM:
            return None
        share = counted / tokens
        with self._lock:
            if share < self._least(prompt) or (share < 0.97 and _is_window(counted)):
                return tokens
            self._shares.append(share)
        return None

    def _least(self, prompt: Prompt) -> float:
        texts = "".join(message.content[:20_000] for message in prompt.messages)
        if len(_CJK.findall(texts)) > len(texts) / 10:
            return LEAST_SHARE_CJK
        return LEAST_OF_USUAL * min(1.0, statistics.median(self._shares)) if self._shares else LEAST_SHARE


def _is_window(counted: int) -> bool:
    """Whether it is as many as a window holds, or half of one, which Ollama keeps (with a token or two beside)."""
    return any(abs(counted - size) <= 2 or abs(counted - size // 2) <= 3 for size in _WINDOWS)

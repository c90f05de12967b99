"""How many requests are under way at once: a bound that can be lowered while they are."""

from __future__ import annotations

import threading
from types import TracebackType


class Slots:
    """A semaphore whose size only ever goes down; safe to share between threads."""

    def __init__(self, size: int) -> None:
        self.size = max(1, size)
        self.taken = 0
        self._changed = threading.Condition()

    def __enter__(self) -> Slots:
        with self._changed:
            while self.taken >= self.size:
                self._changed.wait()
            self.taken += 1
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._changed:
            self.taken -= 1
            self._changed.notify_all()

    def lower(self, size: int) -> bool:
        """Let no more than this (and at least one) be under way; returns whether that is fewer than before."""
        with self._changed:
            lowered = max(1, size) < self.size
            self.size = min(self.size, max(1, size))
            return lowered

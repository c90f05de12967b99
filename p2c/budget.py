"""Limits that hold: reserved before a call, charged at transport, counted in one place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from p2c.errors import BudgetExceededError


@dataclass(frozen=True)
class Usage:
    """What calls cost: tokens, and US dollars where the price is known (`None` is unknown, never 0)."""

    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    usd: float | None = None

    def __add__(self, other: Usage) -> Usage:
        if not self.calls or not other.calls:
            usd = other.usd if not self.calls else self.usd
        else:
            usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        return Usage(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.completion_tokens + other.completion_tokens,
            usd,
        )

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens together."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True)
class SpendingLimits:
    """What one run of a command may spend; `None` is no limit."""

    usd: float | None = None
    tokens: int | None = None
    minutes: float | None = None
    attempts: int | None = None


@dataclass(frozen=True)
class Reservation:
    """What is set aside for one call until it is settled."""

    tokens: int
    usd: float


class Budget:
    """Counts one run's spending against its limits; safe to share between threads."""

    def __init__(self, limits: SpendingLimits | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits or SpendingLimits()
        self.spent = Usage()
        self.attempts = 0
        self._clock = clock
        self._start = clock()
        self._held: list[Reservation] = []
        self._lock = threading.Lock()

    def reserve(self, tokens: int, usd: float | None) -> Reservation:
        """Set aside what a call may cost; raise BudgetExceededError if a limit would not hold."""
        self.check_time()
        with self._lock:
            held = Reservation(tokens, usd or 0.0)
            self._refuse("max-tokens", self.limits.tokens, self.spent.tokens, "tokens", held.tokens)
            self._refuse("max-cost", self.limits.usd, self.spent.usd or 0.0, "usd", held.usd)
            self._held.append(held)
            return held

    def grow(self, held: Reservation, tokens: int, usd: float | None) -> Reservation:
        """Set aside more for a call under way that takes more than was thought, or raise BudgetExceededError."""
        if tokens <= held.tokens and (usd or 0.0) <= held.usd:
            return held
        with self._lock:
            self._held.remove(held)
            grown = Reservation(max(tokens, held.tokens), max(usd or 0.0, held.usd))
            try:
                self._refuse("max-tokens", self.limits.tokens, self.spent.tokens, "tokens", grown.tokens)
                self._refuse("max-cost", self.limits.usd, self.spent.usd or 0.0, "usd", grown.usd)
            except BudgetExceededError:
                self._held.append(held)
                raise
            self._held.append(grown)
            return grown

    def settle(self, held: Reservation, used: Usage) -> None:
        """Give a reservation back and charge what the call really used."""
        with self._lock:
            self._held.remove(held)
            self.spent = self.spent + used

    def attempt(self) -> None:
        """Count one repair attempt before it starts; raise BudgetExceededError past the limit."""
        self.check_time()
        if self.limits.attempts is not None and self.attempts >= self.limits.attempts:
            raise BudgetExceededError("max-attempts", f"all {self.limits.attempts} repair attempts are used")
        self.attempts += 1

    def check_time(self) -> None:
        """Raise BudgetExceededError once the minutes are over."""
        if self.limits.minutes is not None and self._clock() - self._start > self.limits.minutes * 60:
            raise BudgetExceededError("max-minutes", f"the time limit of {self.limits.minutes:g} minutes is reached")

    @property
    def seconds(self) -> float:
        """Seconds since this budget began."""
        return self._clock() - self._start

    def _refuse(self, limit: str, cap: float | None, spent: float, unit: str, wanted: float) -> None:
        if cap is None:
            return
        held = sum(getattr(r, unit) for r in self._held)
        if spent + held + wanted > cap:
            raise BudgetExceededError(
                limit,
                f"a call may take {wanted:,.6g} {unit}; {spent + held:,.6g} of {cap:,.6g} are used or set aside",
                f"Raise --{limit} and run the same command again; replies already paid for are kept.",
            )

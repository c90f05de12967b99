"""The limits of a whole batch: an item starts only with what was set aside for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from p2c.batch.jobs import Allowance
from p2c.batch.manifest import BatchItem
from p2c.budget import SpendingLimits, Usage
from p2c.errors import BudgetExceededError

HINT = "Raise it and run the same command again; the batch resumes with the unfinished items."


@dataclass
class Quota:
    """What there is of one thing (dollars, tokens): `cap` in all, `least` that was too little to make one call."""

    option: str
    cap: float | None
    spent: float = 0.0
    held: float = 0.0
    least: float = 0.0

    def share(self, own: float | None, places: int) -> float | None:
        """Return what an item may have: its own limit as far as it is there, or an even part; None is no limit."""
        if self.cap is None:
            return own
        left = max(0.0, self.cap - self.spent - self.held)
        part = min(left, own) if own is not None else left / places
        return part if part > self.least else left

    def short(self, share: float | None, own: float | None) -> bool:
        """The share is less than the item's own limit, or too little for a call."""
        if self.cap is None or share is None:
            return False
        return share <= self.least or (own is not None and share < own)

    def refuse(self, share: float | None) -> None:
        """Raise BudgetExceededError if so much is too little."""
        if self.cap is not None and share is not None and share <= self.least:
            problem = f"{self.spent:,.6g} of {self.cap:,.6g} are used; the rest does not cover another call"
            raise BudgetExceededError(self.option, f"--{self.option} of the batch: {problem}", HINT)


class BatchBudget:
    """Counts what the items of one start of a batch spend. Money that is unknown counts nothing; tokens then hold."""

    def __init__(self, limits: SpendingLimits, workers: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self.spent = Usage()
        self._money, self._tokens = Quota("max-cost", limits.usd), Quota("max-tokens", limits.tokens)
        self._held: dict[str, Allowance] = {}
        self._workers = workers
        self._clock = clock
        self._start = clock()

    def allot(self, item: BatchItem, waiting: int) -> Allowance | None:
        """Set aside what the item may spend; None: not before another has ended.

        That is its own limit, or an even share among the places that are free; `waiting` items are left, this one
        among them. Where less than its own limit is left and nothing is under way, it gets that. Raises
        BudgetExceededError where nothing is left.
        """
        minutes = self._minutes(item.options.get("max_minutes"))
        if item.kind == "check" or item.options.get("no_model"):
            grant = Allowance(minutes=minutes)
            self._held[item.name] = grant
            return grant
        places = max(1, min(self._workers - len(self._held), waiting))
        own_usd, own_tokens = item.options.get("max_cost"), item.options.get("max_tokens")
        usd, tokens = self._money.share(own_usd, places), self._tokens.share(own_tokens, places)
        if self._held and (self._money.short(usd, own_usd) or self._tokens.short(tokens, own_tokens)):
            return None
        self._money.refuse(usd)
        self._tokens.refuse(tokens)
        grant = Allowance(usd, None if tokens is None else int(tokens), minutes)
        self._held[item.name] = grant
        self._count_held()
        return grant

    def settle(self, name: str, used: Usage, verdict: str = "") -> None:
        """Give back what was set aside, and count what was used; a grant that bought no call was too small."""
        grant = self._held.pop(name, Allowance())
        self.spent = self.spent + used
        self._money.spent += used.usd or 0.0
        self._tokens.spent += used.tokens
        self._count_held()
        if verdict == "budget" and not used.calls:
            self._money.least = max(self._money.least, grant.usd or 0.0)
            self._tokens.least = max(self._tokens.least, float(grant.tokens or 0))

    def _count_held(self) -> None:
        self._money.held = sum(grant.usd or 0.0 for grant in self._held.values())
        self._tokens.held = float(sum(grant.tokens or 0 for grant in self._held.values()))

    def _minutes(self, own: float | None) -> float | None:
        if self.limits.minutes is None:
            return own
        left = self.limits.minutes - (self._clock() - self._start) / 60
        if left <= 0:
            problem = f"--max-minutes of the batch: the limit of {self.limits.minutes:g} minutes is reached"
            raise BudgetExceededError("max-minutes", problem, HINT)
        return left if own is None else min(own, left)

"""A model whose calls are reserved before, charged after, and noted."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from p2c.budget import Budget, Reservation, Usage
from p2c.errors import BudgetExceededError, ModelError
from p2c.journal import Journal
from p2c.models.base import Completion, Model, Prompt
from p2c.models.parallel import PARALLEL, run_all
from p2c.models.pricing import PriceOf
from p2c.models.token_estimate import prompt_tokens

REPLY_TOKENS = 8_192
"""What is set aside for a reply where no limit on it was given."""
SHOWN_EVERY = 0.5
"""Seconds between two looks at how much of a reply has come."""


class MeteredModel:
    """Stands directly around what is paid for, inside any cache: what comes here costs.

    A call whose reservation does not fit waits for those under way, and raises BudgetExceededError once
    none is. `price` prices usages for which the server named no cost; `None`: no cost is ever known.
    """

    def __init__(
        self,
        inner: Model,
        budget: Budget,
        journal: Journal,
        price: PriceOf | None = None,
        reply_tokens: int = REPLY_TOKENS,
    ) -> None:
        self.inner = inner
        self.budget = budget
        self.journal = journal
        self._price = price
        self._reply_tokens = reply_tokens
        self._under_way = 0
        self._call_ended = threading.Condition()

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self.inner.name

    def complete(self, prompt: Prompt) -> Completion:
        """Answer one prompt within the budget; `usage.usd` of the completion is filled in where it is known."""
        asked = prompt_tokens(prompt)
        watch = _Watch(self, prompt, self._reserve(asked), asked)
        used = Usage()
        start = time.monotonic()
        try:
            completion = self.inner.complete(replace(prompt, deadline=self._deadline(), watch=watch))
            used = self._priced(completion.usage)
            completion = replace(completion, usage=used)
        except (ModelError, BudgetExceededError) as error:
            used = self._priced(error.usage) if isinstance(error.usage, Usage) else used
            self._note_failure(prompt, error, used)
            self.budget.check_time()  # what ran into the end of the minutes is no fault of the server's
            raise
        finally:
            self._settle(watch.held, used)
        note_call(self.journal, prompt, completion, time.monotonic() - start)
        return completion

    def complete_all(self, prompts: Sequence[Prompt]) -> list[Completion]:
        """Answer several; when the budget ends in the middle, those under way end first."""
        return run_all(self.complete, prompts, PARALLEL)

    def price(self, used: Usage) -> float | None:
        """Return what this comes to in US dollars, None where no price is known."""
        return self._price(used) if self._price else None

    def _reserve(self, asked: int) -> Reservation:
        self._refuse_unknown_cost()
        most = Usage(calls=1, prompt_tokens=asked, completion_tokens=self._reply_tokens)
        usd = self.price(most)
        with self._call_ended:
            while True:
                try:
                    held = self.budget.reserve(most.tokens, usd)
                except BudgetExceededError as error:
                    if not self._under_way or error.limit not in ("max-tokens", "max-cost"):
                        raise
                    self._call_ended.wait()
                    continue
                self._under_way += 1
                return held

    def _deadline(self) -> float | None:
        minutes = self.budget.limits.minutes
        return None if minutes is None else time.monotonic() + minutes * 60 - self.budget.seconds

    def _settle(self, held: Reservation, used: Usage) -> None:
        with self._call_ended:
            self.budget.settle(held, used)
            self._under_way -= 1
            self._call_ended.notify_all()

    def _refuse_unknown_cost(self) -> None:
        """A limit in money alone can't hold once a call's cost turned out to be unknown."""
        limits, spent = self.budget.limits, self.budget.spent
        if self._price and limits.usd is not None and limits.tokens is None and spent.calls and spent.usd is None:
            raise BudgetExceededError(
                "max-cost",
                f"the price of {self.name!r} is unknown, so --max-cost {limits.usd:g} cannot be enforced",
                "Limit the tokens with --max-tokens instead; replies already paid for are kept.",
            )

    def _priced(self, used: Usage) -> Usage:
        if used.usd is not None or self._price is None or not used.tokens:
            return used
        return replace(used, usd=self._price(used))

    def _note_failure(self, prompt: Prompt, error: ModelError | BudgetExceededError, used: Usage) -> None:
        self.journal.note(
            "model.failed",
            stage=prompt.stage,
            model=self.name,
            error=error.message,
            tokens=used.tokens,
            usd=used.usd,
        )


class _Watch:
    """Looks on as a reply comes: it may take no more than the budget has, and people see that it comes."""

    def __init__(self, meter: MeteredModel, prompt: Prompt, held: Reservation, asked: int) -> None:
        self.held = held
        self._meter, self._stage, self._asked = meter, prompt.stage, asked
        self._shown = time.monotonic()

    def __call__(self, tokens: int) -> None:
        if self._asked + tokens > self.held.tokens:
            now = Usage(calls=1, prompt_tokens=self._asked, completion_tokens=tokens)
            self.held = self._meter.budget.grow(self.held, now.tokens, self._meter.price(now))
        now_at = time.monotonic()
        if now_at - self._shown >= SHOWN_EVERY:
            self._shown = now_at
            self._meter.journal.show("model.received", stage=self._stage, tokens=tokens)


def note_call(journal: Journal, prompt: Prompt, completion: Completion, seconds: float) -> None:
    """Note `model.called`: for a cached or replayed reply the cost is 0, for others None where it is unknown."""
    used = completion.usage
    journal.note(
        "model.called",
        stage=prompt.stage,
        model=completion.model,
        cached=completion.cached,
        replayed=completion.replayed,
        seconds=round(seconds, 3),
        calls=used.calls,
        prompt_tokens=used.prompt_tokens,
        cached_tokens=used.cached_tokens,
        completion_tokens=used.completion_tokens,
        tokens=used.tokens,
        usd=0.0 if completion.cached else used.usd,
        finish=completion.finish,
        tries=completion.tries,
        estimated=completion.estimated,
    )

"""How often, and how long, one question is asked of a server again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from p2c.budget import Usage
from p2c.models.base import Prompt
from p2c.models.chat_request import Dialect
from p2c.models.retries import TransientError

LONGEST_WAIT = 60.0
"""Seconds; what a server asks for beyond that is not waited for."""
PATIENCE = 900.0
"""Seconds for which a server that is loading its model, or was there before, is waited for: large ones take minutes."""
NOT_JSON = "the reply is not JSON"
FIRST_TRIES = 2
"""Tries of a server that has never answered: an address that is wrong does not get better."""


@dataclass
class Tries:
    """One question with what its tries have cost and met.

    `patient` counts those that met a server that is about to be there; `trial` is another way of asking, which is
    tried because a reply was of no use (`useless` says why), and `may_vary` that there may still be one.
    """

    prompt: Prompt
    most: int
    paid: list[Usage] = field(default_factory=list)
    attempts: int = 0
    patient: int = 0
    trial: Dialect | None = None
    may_vary: bool = True
    useless: str = ""

    @property
    def left(self) -> float | None:
        """Seconds until the run's time is over; None where it has no limit."""
        return None if self.prompt.deadline is None else self.prompt.deadline - time.monotonic()

    def are_over(self, failure: BaseException | None, slept: float, connected: bool) -> bool:
        """Whether nothing is asked any more after this failure; `slept` seconds were waited so far."""
        if not isinstance(failure, TransientError) or (self.left is not None and self.left <= 0):
            return True
        if failure.kind == "loading" or (failure.kind == "unreached" and connected):
            self.patient += 1
            return slept >= PATIENCE
        return self.attempts - self.patient >= min(failure.most or self.most, self.most)

    def wait(self, failure: BaseException | None, attempt: int) -> float:
        """Seconds: what the server asks for, or 1, 2, 4, ... up to 30; never past the run's end."""
        asked = failure.wait if isinstance(failure, TransientError) else None
        seconds = min(2.0 ** min(attempt - 1, 10), 30.0) if asked is None else min(max(asked, 0.0), LONGEST_WAIT)
        return seconds if self.left is None else min(seconds, max(0.0, self.left) + 0.1)


_UNUSABLE = (
    "The server answers, but not with what can be used. The same command asks again; another --model, or the server's "
    "settings (its parser of reasoning, its length of replies), may do better."
)


def next_step(failure: TransientError, named: bool, reached: bool) -> str:
    """Return what a person can do at the end of all tries; `named`: the address is one of theirs."""
    if failure.hint:
        return failure.hint
    if failure.kind == "unreached":
        asked = "--base-url and that the server runs" if named else "the connection"
        return f"Check {asked}; `p2c doctor --model NAME` tries it."
    if str(failure).startswith(NOT_JSON) and not reached:
        return "The server answers, but not with the OpenAI protocol. Check that the address ends in /v1."
    return _UNUSABLE if failure.kind == "unusable" else "The same command goes on from here, once the server is well."

"""A limit on calls and tokens a minute that all processes keep together, through one small file."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from p2c.errors import UnavailableError
from p2c.locks import LockError, exclusive

LONGEST_HOLD = 60.0
"""Seconds; a pause that lies further ahead is of a clock that was set wrong."""
SHORTEST_PAUSE = 0.002


@dataclass(frozen=True)
class Rates:
    """What an endpoint may be asked in a minute; `None` is no limit."""

    requests: float | None = None
    tokens: float | None = None


@dataclass
class BucketState:
    """How an endpoint stands: what may be taken at once, when that was (seconds since the epoch), the pause."""

    requests: float | None = None
    tokens: float | None = None
    at: float = 0.0
    hold: float = 0.0


class RateLimiter:
    """Lets calls through as `rates` allow, over all threads and processes that share the file `place`.

    A bucket each for requests and for tokens, which holds a second's worth: never more than `rates.requests`
    within 60 s. A prompt larger than the bucket passes when it is full, and what follows waits for it. Nothing is
    held by a process, so one that is killed leaves nothing to clean up. Clocks of machines should agree to a second.
    """

    def __init__(
        self,
        place: Path,
        rates: Rates | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.place = place
        self.rates = rates or Rates()
        self._clock = clock
        self._sleep = sleep

    def wait(self, endpoint: str, tokens: int) -> float:
        """Return once a call of so many tokens may go out; returns the seconds waited."""
        waited = 0.0
        while pause := self._take(endpoint, tokens):
            self._sleep(pause)
            waited += pause
        return waited

    def correct(self, endpoint: str, tokens: int) -> None:
        """Count what a call took more (or less, if negative) than `wait` was told."""
        if self.rates.tokens is None or not tokens:
            return
        with self._level(endpoint) as level:
            level.tokens = (level.tokens or 0.0) - tokens

    def hold(self, endpoint: str, seconds: float) -> None:
        """Let nobody through for so long: the server said that it has enough."""
        with self._level(endpoint) as level:
            level.hold = max(level.hold, self._clock() + min(seconds, LONGEST_HOLD))

    def _take(self, endpoint: str, tokens: int) -> float:
        """Take what the call needs and return 0.0, or the seconds after which to ask again."""
        with self._level(endpoint) as level:
            pause = level.hold - self._clock()
            if self.rates.requests is not None:
                pause = max(pause, (1.0 - (level.requests or 0.0)) / refill(self.rates.requests))
            if self.rates.tokens is not None:
                pause = max(pause, -(level.tokens or 0.0) / refill(self.rates.tokens))
            if pause > 1e-6:
                return max(pause, SHORTEST_PAUSE)
            level.requests = (level.requests or 0.0) - 1.0
            level.tokens = (level.tokens or 0.0) - tokens
            return 0.0

    @contextmanager
    def _level(self, endpoint: str) -> Iterator[BucketState]:
        """Give the endpoint's level as of now, alone; what is changed of it is kept."""
        with _locked(self.place) as handle:
            every = _read(handle)
            level = every.setdefault(endpoint, BucketState())
            self._fill(level)
            yield level
            data = json.dumps({name: asdict(bucket) for name, bucket in every.items()}).encode()
            os.pwrite(handle, data, 0)
            os.ftruncate(handle, len(data))

    def _fill(self, level: BucketState) -> None:
        now = self._clock()
        if level.at > now + LONGEST_HOLD:
            level.at = now
        level.hold = min(level.hold, now + LONGEST_HOLD)
        elapsed = max(0.0, now - level.at)
        level.at = max(level.at, now)
        level.requests = _filled(level.requests, self.rates.requests, elapsed)
        level.tokens = _filled(level.tokens, self.rates.tokens, elapsed)


def capacity(rate: float) -> float:
    """Return what may be taken at once: a second's worth, and at least one."""
    return max(1.0, rate / 60.0)


def refill(rate: float) -> float:
    """Return what comes in a second, so that a full bucket and a minute's refill are `rate` together."""
    return (rate - capacity(rate) + 1.0) / 60.0


def _filled(level: float | None, rate: float | None, elapsed: float) -> float | None:
    if rate is None:
        return None
    most = capacity(rate)
    return most if level is None else min(most, level + elapsed * refill(rate))


@contextmanager
def _locked(place: Path) -> Iterator[int]:
    """Give the open file under an exclusive lock, which the kernel takes back from a process that is killed."""
    with contextlib.ExitStack() as held:
        try:
            handle = held.enter_context(exclusive(place))
        except LockError as error:
            said = f"{str(place)!r} (the shared rate limit) cannot be used: {error.message}"
            raise UnavailableError(said, error.hint) from error
        yield handle


def _read(handle: int) -> dict[str, BucketState]:
    """Return all levels; a file that a kill left half written counts for nothing."""
    names = {field.name for field in fields(BucketState)}
    try:
        data = json.loads(os.pread(handle, os.fstat(handle).st_size, 0) or b"{}")
        return {
            str(endpoint): BucketState(**{name: value for name, value in bucket.items() if name in names})
            for endpoint, bucket in data.items()
        }
    except (ValueError, AttributeError, TypeError):
        return {}

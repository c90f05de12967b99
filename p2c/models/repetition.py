"""Replies that go round in circles: small models repeat themselves until the room is used up."""

from __future__ import annotations

import re

TAIL = 6_000
"""Characters at the end of a reply that are looked at."""
ROUNDS = 6
"""So often a piece has to stand in a row: tables and lists of numbers have rows that are alike, but not so many."""
LEAST = 600
"""Characters that the rounds have to fill together: a rule of dashes is no circle."""
LEAST_COUNTED = 3_000
"""The same where the rounds differ in their numbers: lists of numbers have that, too."""
RUNAWAY = 5_000
"""Characters in one piece over and over after which a reply under way is given up: no file has that."""
RUNAWAY_COUNTED = 16_000
"""The same where the rounds differ in their numbers."""
LOOKED_AT = 20_000
"""Characters at the end of a reply under way that are looked at."""
BLANK = 2_000
"""White space in a row: what a grammar for JSON lets a model do that knows nothing more to say."""


def repeats_itself(text: str) -> bool:
    """Whether a text that was cut ends in one piece over and over, be it with numbers that count up."""
    tail = text[-TAIL:]
    return _is_round(tail, LEAST) or _is_round(re.sub(r"\d+", "0", tail), LEAST_COUNTED)


def _is_round(tail: str, least: int) -> bool:
    for period in _periods(tail):
        rounds = max(ROUNDS, -(-least // period))
        if tail.endswith(tail[len(tail) - period :] * rounds):
            return True
    return False


def _periods(tail: str) -> list[int]:
    """Return the distances at which the last characters occur before: no other period is possible."""
    mark, end = tail[-24:], len(tail) - 24
    periods: list[int] = []
    at = tail.rfind(mark, 0, len(tail) - 1)
    while at >= 0 and len(periods) < 60:
        periods.append(end - at)
        at = tail.rfind(mark, 0, at + len(mark) - 1)
    return [period for period in periods if period > 0]


def is_runaway(text: str) -> bool:
    """Whether a reply under way goes round in circles and has to be ended: surer than of one that was cut."""
    long = text[-LOOKED_AT:]
    if len(long) >= BLANK and not long[-BLANK:].strip():
        return True
    if len(long) >= RUNAWAY and _is_round(long, RUNAWAY):
        return True
    return len(long) >= RUNAWAY_COUNTED and _is_round(re.sub(r"\d+", "0", long), RUNAWAY_COUNTED * 3 // 4)

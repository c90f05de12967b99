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

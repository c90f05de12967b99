"""Patches that buy a green by gutting the code are refused: pure functions of before and after, one a way to cheat."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from p2c.repair.guards import emptied, faked, hidden, invented, removed, settled, subtle, tested
from p2c.repair.guards.code import Change
from p2c.repair.guards.values import Refusal, Scope
from p2c.repo import Repo

__all__ = ["GUARDS", "NAMES", "Refusal", "Scope", "inspect"]

GUARDS: tuple[Callable[[Change], Iterable[Refusal]], ...] = (
    emptied.bodies,
    emptied.unreachable,
    removed.promises,
    removed.needed,
    removed.entry,
    hidden.exceptions,
    hidden.exits,
    hidden.silencers,
    tested.tests,
    settled.contract,
    settled.configuration,
    faked.modules,
    faked.shadows,
    faked.patched,
    invented.constants,
    invented.shrunk,
    subtle.numbers,
    subtle.inputs,
    subtle.flows,
    subtle.generators,
)

NAMES = (
    "emptied", "unreachable", "removed", "entry", "swallowed", "exits", "silenced", "tests", "contract",
    "configuration", "stand-in", "faked", "constants", "shrunk",
)  # fmt: skip
"""What a refusal's `guard` can be, and so what a person may allow by name."""


def inspect(before: Repo, after: Repo, scope: Scope) -> list[Refusal]:
    """Return why a patch is not let through, each reason once; empty where it is honest as far as can be told."""
    change = Change(before, after, scope)
    found = (refusal for guard in GUARDS for refusal in guard(change) if refusal.guard not in scope.allow)
    return list(dict.fromkeys(found))

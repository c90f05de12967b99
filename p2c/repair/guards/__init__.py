"""Patches that buy a green by gutting the code are refused: pure functions of before and after, one a way to cheat."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from p2c.repair.guard_names import NAMES
from p2c.repair.guards import (
    emptied,
    evading,
    faked,
    filled,
    fitting,
    hidden,
    invented,
    leaking,
    loosened,
    lying,
    meaning,
    measuring,
    removed,
    settled,
    skipped,
    subtle,
    swallowing,
    tested,
    touchable,
    tuned,
    watched,
)
from p2c.repair.guards.code import Change
from p2c.repair.guards.separating import without_refused
from p2c.repair.guards.values import Refusal, Scope
from p2c.repo import Repo

__all__ = ["GUARDS", "NAMES", "Refusal", "Scope", "inspect", "lost_tests", "without_refused"]

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
    evading.processes,
    evading.conditions,
    evading.checks,
    evading.measured,
    meaning.samples,
    meaning.copies,
    meaning.splits,
    measuring.bound_anew,
    measuring.chosen,
    measuring.own_targets,
    measuring.unused,
    measuring.under_test,
    measuring.from_itself,
    swallowing.managers,
    swallowing.hooks,
    swallowing.made_up,
    swallowing.filters,
    lying.objects,
    lying.uncompared,
    watched.environments,
    watched.conditions,
    filled.files,
    filled.constants,
    filled.recalled,
    filled.copied,
    leaking.unmeasured,
    leaking.answers,
    tuned.chosen,
    tuned.best_of,
    tuned.rewritten,
    fitting.on_test,
    fitting.on_train,
    skipped.left_early,
    skipped.fewer,
    skipped.special,
    skipped.falling,
    loosened.comparisons,
    loosened.validation,
    loosened.settings,
    touchable.places,
)


def inspect(before: Repo, after: Repo, scope: Scope) -> list[Refusal]:
    """Return why a patch is not let through, each reason once; empty where it is honest as far as can be told."""
    change = Change(before, after, scope)
    found = (refusal for guard in GUARDS for refusal in guard(change) if refusal.guard not in scope.allow)
    return list(dict.fromkeys(found))


def lost_tests(before: Repo, after: Repo) -> list[Refusal]:
    """Return which tests are gone or have fewer assertions: all that is asked of a rule, which is no stranger's."""
    return list(dict.fromkeys(tested.lost(Change(before, after))))

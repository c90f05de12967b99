"""Patches that buy a green by gutting the code are refused: pure functions of before and after, one a way to cheat."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from p2c.repair.guard_names import NAMES
from p2c.repair.guards import (
    allowed_files,
    evasion,
    filled,
    fitting,
    hardcoded_results,
    hidden_failures,
    leaking,
    loosened,
    lying,
    masked_results,
    measurement,
    mocked_dependencies,
    protected_files,
    reduced_work,
    removed_code,
    skipped,
    stubbed_code,
    swallowing,
    tuned,
    watched,
    weakened_tests,
)
from p2c.repair.guards.code_changes import Change
from p2c.repair.guards.model import Refusal, Scope
from p2c.repair.guards.partial_patches import without_refused
from p2c.repo import Repo

__all__ = ["GUARDS", "NAMES", "Refusal", "Scope", "inspect", "lost_tests", "without_refused"]

GUARDS: tuple[Callable[[Change], Iterable[Refusal]], ...] = (
    stubbed_code.bodies,
    stubbed_code.unreachable,
    removed_code.promises,
    removed_code.needed,
    removed_code.entry,
    hidden_failures.exceptions,
    hidden_failures.exits,
    hidden_failures.silencers,
    weakened_tests.tests,
    protected_files.contract,
    protected_files.configuration,
    mocked_dependencies.modules,
    mocked_dependencies.shadows,
    mocked_dependencies.patched,
    hardcoded_results.constants,
    hardcoded_results.shrunk,
    masked_results.numbers,
    masked_results.inputs,
    masked_results.flows,
    masked_results.generators,
    evasion.processes,
    evasion.conditions,
    evasion.checks,
    evasion.measured,
    reduced_work.samples,
    reduced_work.copies,
    reduced_work.splits,
    measurement.bound_anew,
    measurement.chosen,
    measurement.own_targets,
    measurement.unused,
    measurement.under_test,
    measurement.from_itself,
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
    allowed_files.places,
)


def inspect(before: Repo, after: Repo, scope: Scope) -> list[Refusal]:
    """Return why a patch is not let through, each reason once; empty where it is honest as far as can be told."""
    change = Change(before, after, scope)
    refusals = (refusal for guard in GUARDS for refusal in guard(change) if refusal.guard not in scope.allow)
    return list(dict.fromkeys(refusals))


def lost_tests(before: Repo, after: Repo) -> list[Refusal]:
    """Return which tests are gone or have fewer assertions: all that is asked of a rule, which is no stranger's."""
    return list(dict.fromkeys(weakened_tests.lost(Change(before, after))))

"""What a patch for fidelity is asked before anything is run: the repair's guards, and those of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from p2c.repair.fidelity.dressed import dressed
from p2c.repair.fidelity.narrowed import narrowed
from p2c.repair.fidelity.shown_by_tests import bad_changes, without_changed_tests
from p2c.repair.guards import Refusal, Scope, inspect
from p2c.repair.guards.code_changes import Change, more
from p2c.repo import Repo

_TRACES = {"settrace", "setprofile", "monitoring", "sitecustomize", "usercustomize"}
_VARIABLES = ("P2C_LINES", "P2C_ROOT")


def refusals(before: Repo, after: Repo, scope: Scope, quotes: str) -> list[Refusal]:
    """Return why a patch for fidelity is not let through; `quotes` are the quotations that it is for.

    It may add files, functions, artifacts and full commands, and change tests that were there (which then have to
    fail on the state before). None of this can be allowed by name: no person asked for this patch.
    """
    change = Change(before, after, replace(scope, extends=True))
    rest = without_changed_tests(change)
    reasons = [*inspect(before, rest, change.scope), *bad_changes(change)]
    reasons += [*narrowed(change, quotes), *dressed(change), *_traced(change)]
    return list(dict.fromkeys(reasons))


def _traced(change: Change) -> Iterator[Refusal]:
    """What the lines that are executed are written down by is not for a patch to reach."""
    for path, node in more(change, _traces, tests=True):
        message = "code may not touch how its executed lines are recorded"
        yield Refusal("traced", path, f"line {getattr(node, 'lineno', 0)}: {message}")


def _traces(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and any(name in node.value for name in _VARIABLES)
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in _TRACES

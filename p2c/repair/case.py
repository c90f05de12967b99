"""What a strategy sees, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from p2c.executor.report import Report
from p2c.generator.paper import Paper
from p2c.generator.plan import Plan
from p2c.repair.history import History
from p2c.repair.patch import Patch
from p2c.repo import Repo
from p2c.run_contract import RunContract


@dataclass(frozen=True)
class Case:
    """A repository, what checking it found, what was tried, and the paper and plan where there are any."""

    repo: Repo
    report: Report
    contract: RunContract
    history: History = field(default_factory=History)
    paper: Paper | None = None
    plan: Plan | None = None
    log: str = ""
    """An error log from elsewhere, given by a person as evidence."""


Strategy = Callable[[Case], Patch | None]
"""A fixer or the debugger: a patch, or None where it has nothing to offer."""

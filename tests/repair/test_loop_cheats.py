"""The loop with a model that only cheats, in each of the ways of the guards' tests: none is kept, all are recorded."""

from __future__ import annotations

import pytest

from p2c.budget import Budget
from p2c.executor.report import CheckResult, Finding, Report
from p2c.journal import Journal
from p2c.repair.case import Case
from p2c.repair.loop import AcceptancePolicy, repair
from p2c.repair.patch import Patch, diff_repos
from p2c.repo import Repo
from p2c.sandboxes.scripted import ScriptedSandbox
from p2c.session import Session
from tests.repair.study import REPO, SCOPE
from tests.repair.test_guards_cheats import CHEATS
from tests.repair.test_guards_honest import HONEST

BROKEN = Report(
    (
        CheckResult("install", "passed"),
        CheckResult("smoke", "failed", (Finding("smoke", "ValueError", "no", "main.py"),)),
    )
)
GREEN = Report((CheckResult("install", "passed"), CheckResult("smoke", "passed")))


def work(after: Repo) -> Case:
    """Run the loop with one patch on offer, and checks that it would turn green."""
    offers = [Patch(diff_repos(REPO, after), "it is fixed", "debugger")]
    session = Session(None, ScriptedSandbox([]), Journal(), Budget())
    judge = AcceptancePolicy(check=lambda repo: GREEN if repo.digest != REPO.digest else BROKEN, scope=SCOPE)
    case = Case(REPO, BROKEN, SCOPE.contract)
    loop = repair(case, [lambda _: offers.pop() if offers else None], session, judge)
    for state in loop:
        case = state
    return case


@pytest.mark.parametrize("after", [case[2] for case in CHEATS], ids=[case[0] for case in CHEATS])
def test_a_cheat_that_would_turn_it_green_is_not_kept(after: Repo) -> None:
    case = work(after)
    assert case.repo.digest == REPO.digest and not case.report.ok
    assert [attempt.verdict for attempt in case.history.attempts] == ["rejected"]
    assert case.history.attempts[0].note


@pytest.mark.parametrize("after", [case[1] for case in HONEST], ids=[case[0] for case in HONEST])
def test_an_honest_change_is_kept(after: Repo) -> None:
    case = work(after)
    assert [attempt.verdict for attempt in case.history.attempts] == ["kept"]
    assert case.repo.digest == after.digest

"""Repair until it runs, then prove it: a clean clone, a fresh environment, every check again."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from p2c import state_folder
from p2c.executor.report import Report, from_data, to_data
from p2c.executor.runner import CheckRequest, CheckRun, run_checks
from p2c.executor.session_cache import SessionCache
from p2c.journal import Journal
from p2c.repair.case import Case, Strategy
from p2c.repair.derivation_question import make_question
from p2c.repair.guards import Scope
from p2c.repair.history import REWRITE, STRONGER
from p2c.repair.loop import AcceptancePolicy, StopReason, repair
from p2c.repo import Repo
from p2c.session import Session

PROOFS = 3
"""How often a proof that fails sends the repository back into the loop."""


class Checker:
    """Checks repositories in one session; a resumed run reads back the reports of states it has seen.

    Resuming from the stored report (not from a second run of the program) keeps the prompts that follow
    the same to the letter, so that no reply is paid for twice even where a program prints something new each time.
    Checks that are `put_off` are done by the proof alone.
    """

    def __init__(
        self,
        session: Session,
        request: Callable[[Repo], CheckRequest],
        root: Path | None,
        put_off: frozenset[str] = frozenset(),
    ) -> None:
        self.session = session
        self.request = request
        self._root = root
        self._put_off = put_off
        self._known = SessionCache()

    def check(self, repo: Repo) -> Report:
        """Check one state, in an environment that may be reused."""
        return self.round(repo).report

    def round(self, repo: Repo) -> CheckRun:
        """Check one state and say what was installed for it."""
        request = self.request(repo)
        request = replace(request, skip=request.skip | self._put_off, known=self._known)
        kind = ("-types" if request.types_gate else "") + ("-network" if request.allow_network else "")
        kind += "".join(f"-no-{name}" for name in sorted(self._put_off))
        return self._kept(f"reports/{repo.digest[:32]}{kind}.json", lambda: self._run(repo, request))

    def again(self, repo: Repo, tests: tuple[str, ...]) -> Report:
        """Run these tests alone, by their node ids, or the smoke commands where none is named; this is no round."""
        request = replace(self.request(repo), promises={}, paper_text="", known=self._known)
        contract = replace(request.contract, gate=("install", "smoke"))
        if tests:
            line = shlex.join(("pytest", *tests))
            contract = replace(contract, smoke=(line,), artifacts=(), timeout=max(contract.timeout, 300.0))
        only, skip = frozenset({"smoke"}), frozenset({"compile", "import"})
        narrow = replace(request, contract=contract, only=only, skip=skip, types_gate=False)
        asked = hashlib.sha256("\0".join(contract.smoke).encode()).hexdigest()[:16]
        name = f"reports/{repo.digest[:32]}-again-{asked}.json"
        session = self.session
        return self._kept(
            name, lambda: run_checks(repo, narrow, session.sandbox, Journal(), session.budget.check_time)
        ).report

    def _kept(self, name: str, run: Callable[[], CheckRun]) -> CheckRun:
        """Return the round of this name, from disk where an earlier run left it."""
        stored = state_folder.read_state(self._root, name, _round_from) if self._root else None
        if stored is not None:
            return stored
        result = run()
        if self._root:
            data = {"checks": to_data(result.report), "lock": result.lock, "python": result.python}
            state_folder.write_state(self._root, name, data)
        return result

    def prove(self, repo: Repo) -> CheckRun:
        """Check from nothing: no environment is reused, no report is read back, every module is imported."""
        request = replace(self.request(repo), fresh=True, known=SessionCache())
        return self._run(repo, request)

    def comparable(self, verification: Report) -> Report:
        """Return a proof's report with only those checks that the rounds do."""
        return replace(
            verification, results=tuple(result for result in verification.results if result.check not in self._put_off)
        )

    def _run(self, repo: Repo, request: CheckRequest) -> CheckRun:
        session = self.session
        return run_checks(repo, request, session.sandbox, session.journal, session.budget.check_time)


def _round_from(data: Any) -> CheckRun:
    try:
        done = CheckRun(from_data(data["checks"]), data["lock"], data["python"])
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a stored round: {error}") from error
    if not (isinstance(done.lock, str) and isinstance(done.python, str)):
        raise ValueError("not a stored round")
    return done


def _count_from(data: Any) -> int:
    if type(data) is not int or data < 0:
        raise ValueError("not a number of attempts")
    return data


def judge_of(checker: Checker, scope: Scope) -> AcceptancePolicy:
    """Return what decides about patches; a stronger model, where there is one, is one more level of escalation."""
    top = STRONGER if checker.session.stronger else REWRITE
    return AcceptancePolicy(
        check=checker.check, scope=scope, top=top, again=checker.again, asks=make_question(checker.session)
    )


@dataclass(frozen=True)
class RepairPlan:
    """How to get there: strategies in order, the judge, what to do with each kept state, where the proof starts."""

    strategies: Sequence[Strategy]
    judge: AcceptancePolicy
    keep: Callable[[Repo, str], None]
    """Takes the accepted repository and the message that says what was cured, and by whom."""
    clone: Callable[[Repo], Repo]
    """Returns the repository as a stranger would get it."""


@dataclass(frozen=True)
class RepairResult:
    """The best case that was reached, why it ended there, and the round that says so."""

    case: Case
    stop: StopReason
    round: CheckRun


def forgive_attempts(session: Session, root: Path) -> None:
    """Do not count again what a run that its budget stopped has tried: this one goes the same way before it goes on."""
    session.budget.attempts = -(state_folder.read_state(root, state_folder.ATTEMPTS, _count_from) or 0)


def keep_attempts(result: RepairResult, root: Path) -> None:
    """Remember how many attempts a run made, where its budget stopped it."""
    stopped = result.stop.word == "budget"
    state_folder.write_state(root, state_folder.ATTEMPTS, len(result.case.history.attempts) if stopped else 0)


def until_runs(case: Case, repair_plan: RepairPlan, checker: Checker) -> RepairResult:
    """Work the loop, prove what it says runs, and go back with the proof's findings where they differ."""
    stop = StopReason("broken", "the repository was not verified from a clean clone")
    for _ in range(PROOFS):
        case, stop = _work(case, repair_plan, checker)
        if stop.word != "runs":
            return RepairResult(case, stop, checker.round(case.repo))
        verification = prove(case.repo, repair_plan, checker)
        if verification.report.ok:
            return RepairResult(replace(case, report=verification.report), stop, verification)
        case = replace(case, report=checker.comparable(verification.report))
    why = "it ran in the loop's environment, but not from a clean clone in a fresh one"
    return RepairResult(case, StopReason("broken", why), CheckRun(case.report, "", ""))


def prove(repo: Repo, repair_plan: RepairPlan, checker: Checker) -> CheckRun:
    """Check a clean clone in a fresh environment."""
    checker.session.journal.note("stage.started", stage="proof")
    verification = checker.prove(repair_plan.clone(repo))
    checker.session.journal.note("stage.ended", stage="proof", verdict=verification.report.verdict)
    return verification


def _work(case: Case, repair_plan: RepairPlan, checker: Checker) -> tuple[Case, StopReason]:
    loop = repair(case, repair_plan.strategies, checker.session, repair_plan.judge)
    while True:
        try:
            before, case = case, next(loop)
        except StopIteration as end:
            return case, end.value
        repair_plan.keep(case.repo, message_of(before.report, case))


def message_of(before: Report, case: Case) -> str:
    """Return a commit message: the finding that the last patch cured, its reason, its author."""
    patch = case.history.attempts[-1].patch
    left = {finding.fingerprint for finding in case.report.gating}
    cured = [finding for finding in before.gating if finding.fingerprint not in left]
    title = f"Fix {cured[0].check} ({cured[0].rule}): {cured[0].message}" if cured else patch.reason
    more = f"\n\nFurther findings fixed: {len(cured) - 1}." if len(cured) > 1 else ""
    title = " ".join(title.split())
    return f"{title if len(title) <= 72 else title[:69] + '...'}{more}\n\n{patch.reason}\n\nPatch by {patch.author}."

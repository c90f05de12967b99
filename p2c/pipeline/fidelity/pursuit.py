"""Everything around the loop: criteria, who judges, what was executed, and the result beside the verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from p2c import state_folder
from p2c.errors import BudgetExceededError, ContextError, UsageError
from p2c.executor.executed_lines import ExecutedLines, lines_from_data, measure
from p2c.generator.criteria import Criterion
from p2c.generator.paper import Paper
from p2c.generator.plan import Plan
from p2c.pipeline.fidelity.best_state import Deliver, deliver_best, result_of, with_findings
from p2c.pipeline.fidelity.computed import as_lines, computed_findings
from p2c.pipeline.fidelity.criteria_source import find_criteria
from p2c.pipeline.fidelity.loop import FidelityWork, LoopProgress, budget_slice, work
from p2c.pipeline.fidelity.trial import FidelityState, KeepRule
from p2c.pipeline.fidelity.verdicts import CriteriaJudge
from p2c.pipeline.verify import Checker, RepairResult
from p2c.repair.fidelity.outcome import FidelityResult, FidelityStop
from p2c.repair.guards import Scope
from p2c.repo import Repo
from p2c.session import Session


@dataclass(frozen=True)
class Pursuit:
    """What is worked for: a paper (and its plan), in `root`; `context` is how many tokens the judge reads."""

    root: Path
    paper: Paper
    plan: Plan | None = None
    rounds: int = 3
    context: int | None = None


def pursue(
    result: RepairResult, aim: Pursuit, checker: Checker, scope: Callable[[Repo], Scope], deliver: Deliver
) -> RepairResult:
    """Work for fidelity from a result whose state is proved to run, and return one that is proved, too.

    The verdict stays what it was, whatever comes of it. Raises SandboxError and ModelError: the same command goes on.
    """
    session = checker.session
    if result.stop.word != "runs" or session.model is None:
        return unpursued(result, "not-running", "the repository does not run, so its fidelity was not worked for")
    session.journal.note("stage.started", stage="fidelity")
    judge = CriteriaJudge(
        session.judge or session.model,
        aim.paper,
        session.journal,
        lambda repo: _lines(repo, aim.root, checker),
        aim.context,
    )
    criteria, stop, why = _criteria(aim, judge, session)
    rule = KeepRule(checker.check, checker.again, scope, judge)
    task = FidelityWork(
        aim.paper,
        aim.plan,
        lambda repo: checker.request(repo).contract,
        criteria,
        rule,
        aim.rounds,
        lambda repo: as_lines(computed_findings(repo, checker.check(repo))),
    )
    # The report of a round, not of the proof: the checks that a proof adds would be missing in every trial.
    start = FidelityState(result.case.repo, checker.check(result.case.repo), {})
    progress = LoopProgress(start, result.case.history)
    progress.history.begin(start.report.fingerprint)
    if not stop:
        stop, why = work(progress, task, session)
    delivered = deliver_best(progress, deliver)
    fidelity = result_of(progress, task, delivered, stop, why)
    if judge.notes:
        fidelity = replace(fidelity, notes=(*fidelity.notes, *dict.fromkeys(judge.notes)))
    session.journal.note(
        "stage.ended", stage="fidelity", stop=stop, why=why, kept=fidelity.kept, rounds=fidelity.rounds
    )
    repo = (
        progress.kept[delivered.point.kept - 1].repo if delivered.verification and delivered.point else result.case.repo
    )
    verification = delivered.verification or result.round
    report = with_findings(verification.report, repo, delivered.point, task)
    return RepairResult(replace(result.case, repo=repo, report=report), result.stop, verification, fidelity)


def unpursued(result: RepairResult, stop: FidelityStop, why: str) -> RepairResult:
    """Return a result that says why fidelity was not worked for."""
    return replace(result, fidelity=FidelityResult(stop=stop, why=why))


def _criteria(
    aim: Pursuit, judge: CriteriaJudge, session: Session
) -> tuple[tuple[Criterion, ...], FidelityStop | None, str]:
    try:
        with budget_slice(session):
            criteria, why = find_criteria(aim.root, aim.paper, aim.plan, judge.model, session.journal)
    except BudgetExceededError as error:
        return (), "budget", f"the loop's part of the budget is spent: {error.message}"
    except (ContextError, UsageError) as error:
        return (), "context", error.message
    return (
        (criteria, None, "") if criteria else ((), "no-criteria", f"no criteria could be drawn from the paper: {why}")
    )


def _lines(repo: Repo, root: Path, checker: Checker) -> ExecutedLines:
    """Trace a state once; a resumed run reads back what was traced, so that the prompts stay the same."""
    name = f"reports/{repo.digest[:32]}-lines.json"
    known = state_folder.read_state(root, name, lines_from_data)
    if known is not None:
        return known
    session = checker.session
    lines = measure(repo, checker.request(repo), session.sandbox, session.budget.check_time)
    state_folder.write_state(root, name, lines.to_data())
    session.journal.note("lines.traced", repo=repo.digest[:12], files=len(lines.lines), notes=list(lines.notes))
    return lines

"""From where the loop ended to what is delivered: the best sealed state that is proved, and what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from p2c.errors import BudgetExceededError
from p2c.executor.report import CheckResult, Finding, Report
from p2c.executor.runner import CheckRun
from p2c.generator.criteria import Criterion
from p2c.pipeline.fidelity.computed import computed_findings
from p2c.pipeline.fidelity.loop import Checkpoint, FidelityWork, KeptPatch, LoopProgress
from p2c.pipeline.fidelity.tickets import owners_of
from p2c.pipeline.fidelity.verdicts import Judgement
from p2c.repair.fidelity.outcome import CriterionResult, CriterionVerdict, FidelityResult, FidelityStop
from p2c.repo import Repo

Deliver = Callable[[Sequence[KeptPatch]], tuple[CheckRun, tuple[str, ...]] | None]
"""Proves the state after these patches from a clean clone and, where that runs, makes each a commit: returns the proof
and the commits' hashes. None where it does not run; nothing is changed then."""


@dataclass(frozen=True)
class Delivered:
    """The state that is delivered: `verification` is None where it is the one the loop began with, proved before it."""

    point: Checkpoint | None
    verification: CheckRun | None = None
    commits: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def deliver_best(progress: LoopProgress, deliver: Deliver) -> Delivered:
    """Return the state with the best sealed share that is proved, trying the next best where a proof fails."""
    notes: list[str] = []
    for point in _candidates(progress):
        if not point.kept:
            return Delivered(point, notes=tuple(notes))
        try:
            proved = deliver(progress.kept[: point.kept])
        except BudgetExceededError as error:
            notes.append(f"the state after {point.kept} patches could not be proved: {error.message}")
            continue
        if proved is not None:
            return Delivered(point, *proved, tuple(notes))
        notes.append(f"the state after {point.kept} patches ran in the loop, but not from a clean clone: it is dropped")
    return Delivered(progress.points[0] if progress.points else None, notes=tuple(notes))


def _candidates(progress: LoopProgress) -> list[Checkpoint]:
    """Return the states that were judged, the best sealed share first, of equal ones the last.

    One that the loop ended in before its sealed third was judged counts only where nothing is sealed.
    """
    points = list(progress.points)
    if points and len(progress.kept) > points[-1].kept:
        points.append(Checkpoint(len(progress.kept), progress.state.judgements, {}, None))
    return sorted(points, key=lambda point: (-1.0 if point.share is None else point.share, point.kept), reverse=True)


def result_of(
    progress: LoopProgress, work: FidelityWork, delivered: Delivered, stop: FidelityStop, why: str
) -> FidelityResult:
    """Return the value that reports and documents are written from."""
    point, first = delivered.point, progress.points[0] if progress.points else None
    kept = progress.kept[: len(delivered.commits)]
    criteria = tuple(_result(criterion, progress, point, first) for criterion in work.criteria)
    criteria = tuple(_credited(result, kept, delivered.commits) for result in criteria)
    return FidelityResult(
        criteria,
        point.share if point else None,
        progress.noise,
        first.share if first else None,
        progress.rounds,
        stop,
        why,
        tuple(progress.disputes),
        len(kept),
        delivered.notes,
    )


def _result(
    criterion: Criterion, progress: LoopProgress, point: Checkpoint | None, first: Checkpoint | None
) -> CriterionResult:
    judged, before = _judgement(criterion, point), _judgement(criterion, first)
    result = CriterionResult(criterion, "not judged", before=_status(before), tries=progress.tries.get(criterion.id, 0))
    if judged is not None:
        result = replace(
            result, status=_status(judged), why=judged.why, evidence=judged.evidence, executed=judged.executed
        )
    objection = next((dispute for dispute in progress.disputes if dispute.id == criterion.id and dispute.upheld), None)
    return replace(result, status="disputed", why=objection.reason) if objection else result


def _judgement(criterion: Criterion, point: Checkpoint | None) -> Judgement | None:
    judgements: Mapping[str, Judgement] = (
        {} if point is None else point.sealed if criterion.sealed else point.judgements
    )
    return judgements.get(criterion.id)


def _status(judgement: Judgement | None) -> CriterionVerdict:
    if judgement is None:
        return "not judged"
    return "assumed" if judgement.status == "met" and judgement.criterion.status == "inferred" else judgement.status


def _credited(result: CriterionResult, kept: Sequence[KeptPatch], commits: Sequence[str]) -> CriterionResult:
    for patch, commit in zip(kept, commits, strict=True):
        if result.criterion.id in patch.ids:
            result = replace(result, commit=commit, test=patch.test or result.test)
    return result


def with_findings(report: Report, repo: Repo, point: Checkpoint | None, work: FidelityWork) -> Report:
    """Return a report with what is open as findings that do not gate: a check of its own that never fails."""
    findings: list[Finding] = []
    for judgement in point.judgements.values() if point else ():
        if judgement.status in ("not", "partly"):
            findings.append(judgement.finding(next(iter(owners_of(judgement, repo, work.plan)), None)))
    findings += computed_findings(repo, report)
    others = tuple(result for result in report.results if result.check != "fidelity")
    return Report((*others, CheckResult("fidelity", "passed", tuple(findings))))

"""One patch tried: applied, asked of the guards, checked, and judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from p2c.errors import PatchError
from p2c.executor.report import Report, headline
from p2c.repair.case import Case
from p2c.repair.derivation_question import Ask
from p2c.repair.file_renames import with_documents, with_plan
from p2c.repair.guards import Refusal, Scope, inspect, lost_tests, without_refused
from p2c.repair.guards.code_changes import Change
from p2c.repair.guards.moved_files import followed, moves
from p2c.repair.history import REWRITE, Attempt, AttemptVerdict
from p2c.repair.holds_by_construction import steps
from p2c.repair.measuring_changes import measured_differently
from p2c.repair.mutation_check import Again, independent
from p2c.repair.patch import Patch, apply_with_rungs, diff_repos
from p2c.repo import Repo


@dataclass(frozen=True)
class AcceptancePolicy:
    """What decides about a patch: the checks, what the guards protect, and how much patience there is.

    `patience` is the number of attempts without progress before the debugger's level rises; past the level
    `top` the loop has stagnated. `attempts` bounds one loop, besides what the budget says. `again` runs single
    tests, or the smoke commands: without it nobody asks whether a green depends on the cured code. `asks` asks which
    equation has a step by which a check holds by construction.
    """

    check: Callable[[Repo], Report]
    scope: Scope
    patience: int = 3
    top: int = REWRITE
    attempts: int | None = None
    again: Again | None = None
    asks: Ask | None = None


@dataclass(frozen=True)
class PatchTrial:
    """A patch that was tried, and the case that it leads to, or None where it leads nowhere."""

    attempt: Attempt
    case: Case | None = None
    progressed: bool = False


def try_patch(patch: Patch, case: Case, judge: AcceptancePolicy) -> PatchTrial:
    """Apply a patch whole, ask the guards, check, and judge."""
    before = case.report
    if not patch.diff.strip() and patch.open_point:
        return _rejected(patch, before, f"an open point for a person, nothing was changed: {patch.open_point}")
    if not patch.diff.strip():
        return _rejected(patch, before, f"there was nothing to apply: {patch.reason}")
    try:
        repo, rungs = apply_with_rungs(patch.diff, case.repo)
    except PatchError as error:
        return _rejected(patch, before, error.message)
    word = _guarded(patch, case, repo, judge.scope)
    repo, left_out = word.repo, _left_out(word.left_out)
    applied = replace(patch, diff=diff_repos(case.repo, repo))
    if case.history.tried(applied.diff, before.fingerprint):
        return _rejected(applied, before, "this very change was tried before in the same state" + left_out, rungs)
    if word.refused:
        return _rejected(applied, before, _refused(word.refused), rungs)
    to = moves(judge.scope.promises, repo)
    repo = with_documents(repo, to)
    applied = replace(applied, diff=diff_repos(case.repo, repo))
    report = judge.check(repo)
    progressed = report.progress > before.progress
    # A better report cannot close a circle, even where it looks like one from before a proof that failed.
    kept = progressed or (report.progress == before.progress and _is_new(patch, repo, report, case))
    idle = _idle(patch, case, repo, report, judge) if kept else ""
    kept = kept and not idle
    verdict: AttemptVerdict = "kept" if kept else "dropped"
    note = (idle or _judgement(before, report, kept)) + left_out
    attempt = Attempt(applied, verdict, note, before.fingerprint, report.fingerprint, rungs=rungs)
    if kept and not _is_rule(patch):
        measured = measured_differently(Change(case.repo, repo), before)
        attempt = _marked(replace(attempt, measured=measured), case, repo, report, judge)
    plan = with_plan(case.plan, to) if case.plan is not None else None
    return PatchTrial(
        attempt, replace(case, repo=repo, report=report, plan=plan) if kept else None, kept and progressed
    )


def _idle(patch: Patch, case: Case, repo: Repo, report: Report, judge: AcceptancePolicy) -> str:
    """Why a green of a model's patch does not count: the code that was to be cured has no part in it."""
    if judge.again is None or _is_rule(patch):
        return ""
    why = independent((case.repo, case.report), (repo, report), judge.again)
    return f"green without the cured code: {why}. Mend that code, and keep it in use" if why else ""


def _marked(attempt: Attempt, case: Case, repo: Repo, report: Report, judge: AcceptancePolicy) -> Attempt:
    """Mark what holds by construction now, and ask once which equation or sentence has that step."""
    new_steps = steps(Change(case.repo, repo), case.report, report)
    if not new_steps:
        return attempt
    answer = judge.asks(case, attempt.patch, new_steps) if judge.asks is not None else ""
    lines = tuple(step.description for step in new_steps)
    note = f"{attempt.note}. Holds by construction: {'; '.join(lines)}. Which equation or sentence has this step: "
    return replace(attempt, note=note + (answer or "not answered"), constructed=lines, answer=answer)


@dataclass(frozen=True)
class _Word:
    """What the guards let be tried, why they let nothing be, and which files they left out of it."""

    repo: Repo
    refused: Sequence[Refusal] = ()
    left_out: Sequence[Refusal] = ()


def _guarded(patch: Patch, case: Case, repo: Repo, scope: Scope) -> _Word:
    """Files that no patch may touch do not take the rest along, where that is let through by itself."""
    refusals = _inspect(patch, case, repo, scope)
    rest = without_refused(case.repo, repo, scope) if refusals and not _is_rule(patch) else None
    if rest is None or _inspect(patch, case, rest, scope):
        return _Word(repo, refusals)
    return _Word(rest, left_out=refusals)


def _is_rule(patch: Patch) -> bool:
    return patch.author.startswith("fixer:")


def _left_out(refusals: Sequence[Refusal]) -> str:
    """What of the patch was not applied, for the next prompt."""
    parts = "; ".join(f"{refusal.path} ({refusal.guard}): {refusal.message}" for refusal in refusals)
    return f". Of the patch this was left out: {parts}" if parts else ""


def _inspect(patch: Patch, case: Case, repo: Repo, scope: Scope) -> list[Refusal]:
    """What the guards say of a model's patch; a rule of p2c's own can only lose tests by a mistake of p2c's."""
    if _is_rule(patch):
        return lost_tests(case.repo, repo)
    scope = replace(scope, promises=followed(scope.promises, case.repo))
    return inspect(case.repo, repo, scope)


def _is_new(patch: Patch, repo: Repo, report: Report, case: Case) -> bool:
    """It is not where the loop was before.

    Two old pins in turn keep each other from being had, with the same words each time: a rule, which never goes
    back on itself, is let through such a state as long as the repository itself was never in it.
    """
    if not case.history.seen(report.fingerprint):
        return True
    moved = report.fingerprint != case.report.fingerprint
    return _is_rule(patch) and moved and not case.history.visited(repo.digest)


def _rejected(patch: Patch, before: Report, note: str, rungs: tuple[str, ...] = ()) -> PatchTrial:
    return PatchTrial(Attempt(patch, "rejected", note, before.fingerprint, rungs=rungs))


def _refused(refusals: Sequence[Refusal]) -> str:
    return "refused, nothing was changed: " + "; ".join(f"{r.guard} ({r.path}): {r.message}" for r in refusals)


def _judgement(before: Report, after: Report, kept: bool) -> str:
    """What a patch came to, for the next prompt and for people."""
    if after.verdict != "broken":
        return "nothing gates any more" if kept else "nothing gates, but that state is known"
    gone = {f.fingerprint for f in before.gating} - {f.fingerprint for f in after.gating}
    new = [f for f in after.gating if f.fingerprint not in {f.fingerprint for f in before.gating}]
    if not gone and not new:
        return "it changed nothing: the findings are the same as before"
    summary = f"{len(gone)} gating findings gone, {len(new)} new"
    if new:
        place = f" {new[0].path}:{new[0].line}" if new[0].path else ""
        summary += f", first new one ({new[0].check}{place}): {short(headline(new[0]))}"
    if kept:
        return summary
    return f"{'worse' if after.progress < before.progress else 'a state that was seen before'}: {summary}"


def short(message: str, limit: int = 300) -> str:
    """Return a message in one line, cut where it is longer."""
    line = " ".join(message.split())
    return line if len(line) <= limit else line[: limit - 3] + "..."

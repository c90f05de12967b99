"""The loop: propose, apply, guard, check, and keep what is no worse and somewhere new."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from p2c.errors import BudgetExceededError, PatchError
from p2c.executor.advice import first_advice
from p2c.executor.report import Report, what_ran
from p2c.executor.untried import is_untried
from p2c.repair.case import Case, Strategy
from p2c.repair.guards import Refusal, Scope, inspect, lost_tests, without_refused
from p2c.repair.history import REWRITE, Attempt, AttemptVerdict
from p2c.repair.patch import Patch, apply_patch, diff_repos
from p2c.repo import Repo
from p2c.session import Session

Word = Literal["runs", "broken", "unverified", "stagnated", "budget"]


@dataclass(frozen=True)
class Judge:
    """What decides about a patch: the checks, what the guards protect, and how much patience there is.

    `patience` is the number of attempts without progress before the debugger's level rises; past the level
    `top` the loop has stagnated. `attempts` bounds one loop, besides what the budget says.
    """

    check: Callable[[Repo], Report]
    scope: Scope
    patience: int = 3
    top: int = REWRITE
    attempts: int | None = None


@dataclass(frozen=True)
class Stop:
    """Why a loop ended: one word, one sentence, and the next thing that a person could do."""

    word: Word
    why: str
    hint: str = ""


@dataclass(frozen=True)
class Trial:
    """A patch that was tried, and the case that it leads to, or None where it leads nowhere."""

    attempt: Attempt
    case: Case | None = None
    progressed: bool = False


def repair(case: Case, strategies: Sequence[Strategy], session: Session, judge: Judge) -> Generator[Case, None, Stop]:
    """Yield the case after each patch worth keeping; return why it ended.

    The case yielded last (or the one given) is the best state: nothing worse is ever kept. A strategy that
    raises is a bug and raises here, and so do SandboxError and ModelError; running out of budget is a Stop.
    """
    history, start = case.history, len(case.history.attempts)
    history.begin(case.report.fingerprint)
    history.visit(case.repo.digest)
    stop = _ended(case)
    while stop is None:
        try:
            trial = _attempt(case, strategies, session, judge)
        except BudgetExceededError as limit:
            stop = Stop("budget", limit.message, limit.hint)
            break
        if trial is None:
            stop = _nothing_left(case, session.model is not None)
            break
        history.add(trial.attempt, trial.progressed)
        _note(trial.attempt, session)
        if trial.case is not None:
            case = trial.case
            history.visit(case.repo.digest)
            yield case
        stop = _ended(case) or _exhausted(case, judge, start)
    session.journal.note("repair.stopped", word=stop.word, why=stop.why)
    return stop


def _ended(case: Case) -> Stop | None:
    """What the report itself says about going on."""
    verdict = case.report.verdict
    if verdict == "runs":
        doubts = [finding.message for finding in case.report.findings if finding.rule == "LoggedErrors"]
        return Stop("runs", "; ".join([what_ran(case.report), *doubts[:1]]))
    if verdict == "unverified":
        tried = next((one for one in case.report.findings if is_untried(one)), None)
        if tried is not None:
            return Stop("unverified", _short(tried.message), f"{tried.fix[:1].upper()}{tried.fix[1:]}.")
        return Stop(
            "unverified",
            "nothing was found that could be run, so nothing can be said",
            'Name a command: --run "python main.py", or [run] smoke in p2c.toml.',
        )
    return None


def _exhausted(case: Case, judge: Judge, start: int) -> Stop | None:
    history = case.history
    made = len(history.attempts) - start
    if judge.attempts is not None and made >= judge.attempts:
        return Stop("budget", f"all {made} attempts of this loop were made", "Allow more attempts, or mend it by hand.")
    if history.idle < judge.patience:
        return None
    if history.level < judge.top:
        history.escalate()
        return None
    return Stop(
        "stagnated",
        f"{made} attempts were made and the last of them no longer helped; {_first(case.report)}",
        " ".join(filter(None, [_advice(case), "The best state is kept."]))
        + " Try a stronger model, or mend that finding by hand and start again.",
    )


def _nothing_left(case: Case, has_model: bool) -> Stop:
    further = "Mend it by hand" if has_model else "With a model (--model NAME) the debugger can go on from here"
    hint = " ".join(filter(None, [_advice(case), f"{further}."]))
    return Stop("broken", f"no strategy has a patch left; {_first(case.report)}", hint)


def _advice(case: Case) -> str:
    """What a person could do about what the run met; nothing as long as files can't be read or installed."""
    gating = case.report.gating
    early = any(finding.check in ("compile", "install", "lint") for finding in gating)
    return "" if early else first_advice(gating, case.repo)


def _first(report: Report) -> str:
    findings = report.gating or report.findings
    if not findings:
        return "a check failed without saying where"
    lead = findings[0]
    place = f" in {lead.path}" if lead.path else ""
    left = "1 finding is left" if len(findings) == 1 else f"{len(findings)} findings are left"
    return f"{left}, first ({lead.check}{place}): {_short(lead.message)}"


def _attempt(case: Case, strategies: Sequence[Strategy], session: Session, judge: Judge) -> Trial | None:
    """Make one attempt; None where no strategy has a patch."""
    session.budget.attempt()
    patch = propose(strategies, case)
    return None if patch is None else try_patch(patch, case, judge)


def propose(strategies: Sequence[Strategy], case: Case) -> Patch | None:
    """Return the first patch that was not tried in this state yet; failing that, the last repeated one."""
    repeated = None
    for strategy in strategies:
        patch = strategy(case)
        if patch is None:
            continue
        if not case.history.tried(patch.diff, case.report.fingerprint):
            return patch
        repeated = patch
    return repeated


def try_patch(patch: Patch, case: Case, judge: Judge) -> Trial:
    """Apply a patch whole, ask the guards, check, and judge."""
    before = case.report
    if not patch.diff.strip():
        return _rejected(patch, before, f"there was nothing to apply: {patch.reason}")
    try:
        repo = apply_patch(patch.diff, case.repo)
    except PatchError as error:
        return _rejected(patch, before, error.message)
    word = _guarded(patch, case, repo, judge.scope)
    repo, left_out = word.repo, _left_out(word.left_out)
    applied = replace(patch, diff=diff_repos(case.repo, repo))
    if case.history.tried(applied.diff, before.fingerprint):
        return _rejected(applied, before, "this very change was tried before in the same state" + left_out)
    if word.refused:
        return _rejected(applied, before, _refused(word.refused))
    report = judge.check(repo)
    progressed = report.progress > before.progress
    # A better report cannot close a circle, even where it looks like one from before a proof that failed.
    kept = progressed or (report.progress == before.progress and _is_new(patch, repo, report, case))
    verdict: AttemptVerdict = "kept" if kept else "dropped"
    note = _judgement(before, report, kept) + left_out
    attempt = Attempt(applied, verdict, note, before.fingerprint, report.fingerprint)
    return Trial(attempt, replace(case, repo=repo, report=report) if kept else None, kept and progressed)


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
    told = "; ".join(f"{refusal.path} ({refusal.guard}): {refusal.message}" for refusal in refusals)
    return f". Of the patch this was left out: {told}" if told else ""


def _inspect(patch: Patch, case: Case, repo: Repo, scope: Scope) -> list[Refusal]:
    """What the guards say of a model's patch; a rule of p2c's own can only lose tests by a mistake of p2c's."""
    if _is_rule(patch):
        return lost_tests(case.repo, repo)
    return inspect(case.repo, repo, _scope(case, repo, scope))


def _is_new(patch: Patch, repo: Repo, report: Report, case: Case) -> bool:
    """It is not where the loop was before.

    Two old pins in turn keep each other from being had, with the same words each time: a rule, which never goes
    back on itself, is let through such a state as long as the repository itself was never in it.
    """
    if not case.history.seen(report.fingerprint):
        return True
    moved = report.fingerprint != case.report.fingerprint
    return _is_rule(patch) and moved and not case.history.visited(repo.digest)


def _rejected(patch: Patch, before: Report, note: str) -> Trial:
    return Trial(Attempt(patch, "rejected", note, before.fingerprint))


def _scope(case: Case, repo: Repo, scope: Scope) -> Scope:
    """At the rewriting level a patch may replace one file whole, and only one."""
    if case.history.level < REWRITE:
        return scope
    paths = {**case.repo.files, **repo.files}
    changed = [path for path in paths if case.repo.files.get(path) != repo.files.get(path)]
    return replace(scope, rewrites=frozenset(changed)) if len(changed) == 1 else scope


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
    told = f"{len(gone)} gating findings gone, {len(new)} new"
    if new:
        place = f" {new[0].path}:{new[0].line}" if new[0].path else ""
        told += f", first new one ({new[0].check}{place}): {_short(new[0].message)}"
    if kept:
        return told
    return f"{'worse' if after.progress < before.progress else 'a state that was seen before'}: {told}"


def _short(message: str, limit: int = 300) -> str:
    line = " ".join(message.split())
    return line if len(line) <= limit else line[: limit - 3] + "..."


def _note(attempt: Attempt, session: Session) -> None:
    patch = attempt.patch
    session.journal.note(
        "patch.tried",
        author=patch.author,
        verdict=attempt.verdict,
        note=attempt.note,
        reason=patch.reason,
        diff=patch.diff,
        before=attempt.before,
        after=attempt.after,
    )

"""The loop: propose, apply, guard, check, and keep what is no worse and somewhere new."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Literal

from p2c.errors import BudgetExceededError
from p2c.executor.checks.untried import is_untried
from p2c.executor.report import Report, headline, what_ran
from p2c.repair.case import Case, Strategy
from p2c.repair.history import Attempt
from p2c.repair.next_steps import first_advice
from p2c.repair.open_points import left_open
from p2c.repair.patch import Patch
from p2c.repair.patch_trial import AcceptancePolicy, PatchTrial, short, try_patch
from p2c.session import Session

__all__ = ["AcceptancePolicy", "PatchTrial", "StopReason", "propose", "repair", "try_patch"]

USELESS = 3
"""Replies of a model without a change in any of them after which that is said of the model."""
Word = Literal["runs", "broken", "unverified", "stagnated", "budget"]


@dataclass(frozen=True)
class StopReason:
    """Why a loop ended: one word, one sentence, and the next thing that a person could do."""

    word: Word
    why: str
    hint: str = ""


def repair(
    case: Case, strategies: Sequence[Strategy], session: Session, judge: AcceptancePolicy
) -> Generator[Case, None, StopReason]:
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
            stop = StopReason("budget", limit.message, limit.hint)
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
        stop = _ended(case) or _open(case) or _exhausted(case, judge, start)
    session.journal.note("repair.stopped", word=stop.word, why=stop.why)
    return stop


def _ended(case: Case) -> StopReason | None:
    """What the report itself says about going on."""
    verdict = case.report.verdict
    if verdict == "runs":
        doubts = [finding.message for finding in case.report.findings if finding.rule == "LoggedErrors"]
        left = [point.line for point in left_open(case.history.attempts) if point.kind != "measures results"]
        return StopReason("runs", "; ".join([what_ran(case.report), *doubts[:1], *map(short, left[:3])]))
    if verdict == "unverified":
        tried = next((finding for finding in case.report.findings if is_untried(finding)), None)
        if tried is not None:
            return StopReason("unverified", short(tried.message), f"{tried.fix[:1].upper()}{tried.fix[1:]}.")
        return StopReason(
            "unverified",
            "nothing was found that could be run",
            'Name a command: --run "python main.py", or [run] smoke in p2c.toml.',
        )
    return None


def _open(case: Case) -> StopReason | None:
    """The debugger says that no change can settle what is left: that is for a person to decide."""
    patch = case.history.attempts[-1].patch
    if not patch.open_point or patch.diff.strip():
        return None
    about, _, said = patch.open_point.partition(": ")
    why = f"an open point about the {about} needs your decision: {short(said)}; {_first(case.report)}"
    return StopReason("broken", why, "Decide whether that is true; the code was not changed for it.")


def _exhausted(case: Case, judge: AcceptancePolicy, start: int) -> StopReason | None:
    history = case.history
    attempted = len(history.attempts) - start
    if judge.attempts is not None and attempted >= judge.attempts:
        return StopReason(
            "budget", f"all {attempted} attempts of this loop are used", "Raise --max-attempts, or fix it manually."
        )
    if history.idle < judge.patience:
        return None
    if history.level < judge.top:
        history.escalate()
        return None
    return StopReason(
        "stagnated",
        f"the last of {attempted} attempts made no progress; {_first(case.report)}",
        " ".join(filter(None, [_advice(case), "The best state is kept.", _too_small(case)]))
        + " Try a stronger model, or fix that finding manually and run the command again.",
    )


def _too_small(case: Case) -> str:
    """What to think of a model none of whose replies held a change."""
    asked = [attempt.patch for attempt in case.history.attempts if attempt.patch.author == "debugger"]
    if len(asked) < USELESS or any(patch.diff.strip() for patch in asked):
        return ""
    return f"None of the model's {len(asked)} replies held a change: it is too small for this."


def _nothing_left(case: Case, has_model: bool) -> StopReason:
    further = "Fix it manually" if has_model else "With a model (--model NAME) the debugger can continue"
    hint = " ".join(filter(None, [_advice(case), f"{further}."]))
    return StopReason("broken", f"no automatic fix applies; {_first(case.report)}", hint)


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
    return f"{left}, first ({lead.check}{place}): {short(headline(lead))}"


def _attempt(
    case: Case, strategies: Sequence[Strategy], session: Session, judge: AcceptancePolicy
) -> PatchTrial | None:
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
        rungs=attempt.rungs,
    )

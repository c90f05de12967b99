"""The loop for fidelity: judge, ask for a patch, keep what is better and runs, and return the best sealed state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from p2c.errors import BudgetExceededError, ContextError, UsageError
from p2c.executor.report import Report
from p2c.generator.criteria import Criterion
from p2c.generator.paper import Paper
from p2c.generator.plan import Plan
from p2c.pipeline.fidelity.proposal import AUTHOR, Situation, propose
from p2c.pipeline.fidelity.samples import upheld
from p2c.pipeline.fidelity.tickets import TRIES, Ticket, grouped, ordered
from p2c.pipeline.fidelity.trial import FidelityState, FidelityTrial, KeepRule, try_patch
from p2c.pipeline.fidelity.verdicts import Judgement, disagreement, share_of
from p2c.repair.fidelity.outcome import Dispute, FidelityStop
from p2c.repair.history import Attempt, History
from p2c.repo import Repo
from p2c.run_contract import RunContract
from p2c.session import Session

TICKETS = 6
"""Tickets of one round: what is worth less waits for the next one, where it is judged anew."""
IDLE = 2
"""Rounds without a kept patch after which the loop ends."""
SLICE = 0.5
"""The part of what is left of the budget that the loop may spend."""


@dataclass(frozen=True)
class KeptPatch:
    """A patch that was kept: the state after it, its commit message, what it is for, and the test that shows it."""

    repo: Repo
    report: Report
    message: str
    ids: tuple[str, ...]
    test: str = ""


@dataclass(frozen=True)
class Checkpoint:
    """A state that may be delivered: so many patches are kept in it; its criteria and its sealed third as judged."""

    kept: int
    judgements: Mapping[str, Judgement]
    sealed: Mapping[str, Judgement]
    share: float | None


@dataclass
class LoopProgress:
    """Where the loop stands; `points` begins with the state that was proved before it."""

    state: FidelityState
    history: History
    points: list[Checkpoint] = field(default_factory=list)
    kept: list[KeptPatch] = field(default_factory=list)
    tries: dict[str, int] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    disputes: list[Dispute] = field(default_factory=list)
    noise: float | None = None
    rounds: int = 0
    asked: int = 0

    @property
    def disputed(self) -> frozenset[str]:
        """Criteria that left the loop."""
        return frozenset(dispute.id for dispute in self.disputes if dispute.upheld)

    def todo(self) -> list[Judgement]:
        """What is open and was not given up, most worth first."""
        return ordered(
            [judgement for name, judgement in self.state.judgements.items() if name not in self.disputed], self.tries
        )


@dataclass(frozen=True)
class FidelityWork:
    """What the loop works with. `computed` are findings that no judge is asked for, a line each."""

    paper: Paper
    plan: Plan | None
    contract: Callable[[Repo], RunContract]
    criteria: tuple[Criterion, ...]
    rule: KeepRule
    rounds: int = 3
    computed: Callable[[Repo], Sequence[str]] = lambda _: ()

    @property
    def open(self) -> tuple[Criterion, ...]:
        """What prompts may show."""
        return tuple(criterion for criterion in self.criteria if not criterion.sealed)

    @property
    def sealed(self) -> tuple[Criterion, ...]:
        """What only the judge sees."""
        return tuple(criterion for criterion in self.criteria if criterion.sealed)


def work(progress: LoopProgress, work: FidelityWork, session: Session) -> tuple[FidelityStop, str]:
    """Run the loop until it ends; say why in a word and a sentence. `progress` holds what came of it, however it ends.

    Raises SandboxError and ModelError; the same command goes on from there.
    """
    try:
        with budget_slice(session):
            return _begin(progress, work) or _rounds(progress, work, session)
    except BudgetExceededError as error:
        return "budget", f"the loop's part of the budget is spent: {error.message}"
    except (ContextError, UsageError) as error:
        return "context", error.message


def _begin(progress: LoopProgress, work: FidelityWork) -> tuple[FidelityStop, str] | None:
    """Judge the state that it starts from: the open criteria once, the sealed ones twice."""
    state, judge = progress.state, work.rule.judge
    judged = judge.judge(state.repo, state.report, work.open, "fidelity.judge")
    first = judge.judge(state.repo, state.report, work.sealed, "fidelity.sealed")
    second = judge.judge(state.repo, state.report, work.sealed, "fidelity.sealed")
    progress.noise = disagreement(first, second)
    shares = [share for share in (share_of([*first.values()]), share_of([*second.values()])) if share is not None]
    progress.state = replace(state, judgements=judged)
    progress.points.append(Checkpoint(0, judged, first, sum(shares) / len(shares) if shares else None))
    return _complete(progress)


def _complete(progress: LoopProgress) -> tuple[FidelityStop, str] | None:
    if progress.todo():
        return None
    left = [
        name
        for name, judgement in progress.state.judgements.items()
        if judgement.status != "met" and name not in progress.disputed
    ]
    if left:
        return "no-progress", f"given up after {TRIES} tries each: {', '.join(left)}"
    return "complete", "no criterion is open"


def _rounds(progress: LoopProgress, work: FidelityWork, session: Session) -> tuple[FidelityStop, str]:
    idle = 0
    for number in range(1, work.rounds + 1):
        progress.rounds = number
        session.journal.note("fidelity.round", number=number, open=len(progress.todo()), kept=len(progress.kept))
        before = len(progress.kept)
        changed: set[str] = set()
        for ticket in grouped(progress.todo(), progress.state.repo, work.plan, progress.tries)[:TICKETS]:
            state = progress.state
            if changed & set(ticket.files):
                # A patch of this round may have met it: nobody is asked for what is there.
                again = work.rule.judge.judge(state.repo, state.report, ticket.criteria, "fidelity.again")
                progress.state = replace(state, judgements={**state.judgements, **again})
            _work_ticket(ticket, progress, work, session)
            changed |= _changed_paths(state.repo, progress.state.repo)
        progressed = len(progress.kept) > before
        if progressed:
            stop = _judge_anew(progress, work)
            if stop:
                return stop
        idle = 0 if progressed else idle + 1
        done = _complete(progress)
        if done:
            return done
        if idle >= IDLE:
            return "no-progress", f"the last {IDLE} rounds kept no patch"
    left = len(progress.todo())
    return "rounds", f"all {work.rounds} rounds are used; {left} {'criterion is' if left == 1 else 'criteria are'} open"


def _changed_paths(before: Repo, after: Repo) -> set[str]:
    return {path for path in {*before.files, *after.files} if before.files.get(path) != after.files.get(path)}


def _judge_anew(progress: LoopProgress, work: FidelityWork) -> tuple[FidelityStop, str] | None:
    """Judge the state after a round that kept something; its sealed share may not fall by more than the noise."""
    state, judge = progress.state, work.rule.judge
    sealed = judge.judge(state.repo, state.report, work.sealed, "fidelity.sealed")
    judged = judge.judge(state.repo, state.report, work.open, "fidelity.judge")
    progress.state = replace(state, judgements=judged)
    share, best = share_of([*sealed.values()]), best_of(progress.points).share
    progress.points.append(Checkpoint(len(progress.kept), judged, sealed, share))
    if share is not None and best is not None and share < best - (progress.noise or 0.0) - 1e-9:
        return (
            "noise",
            f"the sealed share fell from {best:.2f} to {share:.2f}, by more than the judge differs from itself",
        )
    return None


def best_of(points: Sequence[Checkpoint]) -> Checkpoint:
    """Return the state with the best sealed share; of equal ones (and where nothing is sealed) the last."""
    return max(reversed(points), key=lambda point: -1.0 if point.share is None else point.share)


def _work_ticket(ticket: Ticket, progress: LoopProgress, work: FidelityWork, session: Session) -> None:
    """Ask for one patch and try it; what is disputed is judged first."""
    judgements = (progress.state.judgements[name] for name in ticket.ids if name not in progress.disputed)
    current = [judgement for judgement in judgements if judgement.status in ("not", "partly")]
    if not current or session.model is None:
        return
    ticket = replace(ticket, judgements=tuple(current))
    session.budget.attempt()
    progress.asked += 1
    proposal = propose(session, session.model, ticket, _situation(progress, work), progress.asked)
    for name, reason in proposal.disputes:
        _dispute(name, reason, progress, work)
    left = tuple(candidate for candidate in ticket.judgements if candidate.criterion.id not in progress.disputed)
    for judgement in left:
        progress.tries[judgement.criterion.id] = progress.tries.get(judgement.criterion.id, 0) + 1
    if not left or (proposal.disputes and not proposal.patch.diff.strip()):
        return
    trial = try_patch(proposal.patch, replace(ticket, judgements=left), progress.state, work.rule, progress.history)
    progress.history.add(trial.attempt, trial.attempt.verdict == "kept")
    _note(trial.attempt, ticket, session)
    if trial.attempt.verdict == "kept":
        _keep(trial, ticket, progress)
    else:
        for judgement in left:
            progress.notes.setdefault(judgement.criterion.id, []).append(
                f"{trial.attempt.verdict}: {trial.attempt.note}"
            )


def _situation(progress: LoopProgress, work: FidelityWork) -> Situation:
    repo = progress.state.repo
    met = tuple(judgement for judgement in progress.state.judgements.values() if judgement.status == "met")
    return Situation(repo, work.contract(repo), work.paper, work.plan, met, progress.notes, work.computed(repo))


def _dispute(name: str, reason: str, progress: LoopProgress, work: FidelityWork) -> None:
    """Have an objection judged once; one that was raised before is not judged again."""
    if any(dispute.id == name for dispute in progress.disputes):
        return
    criterion = next(criterion for criterion in work.open if criterion.id == name)
    holds, why = upheld(work.rule.judge, progress.state.repo, criterion, reason)
    progress.disputes.append(Dispute(name, f"{reason} ({why})" if why else reason, holds))
    if not holds:
        progress.notes.setdefault(name, []).append(f"the objection was not upheld: {why}")


def _keep(trial: FidelityTrial, ticket: Ticket, progress: LoopProgress) -> None:
    if trial.repo is None or trial.report is None:
        return
    first = next(criterion for criterion in ticket.criteria if criterion.id in trial.credited)
    title = " ".join(f"Meet {', '.join(trial.credited)}: {first.requirement}".split())
    title = title if len(title) <= 72 else title[:69] + "..."
    shown = f"\n\nShown by {trial.test}." if trial.test else ""
    message = f"{title}\n\n{trial.attempt.patch.reason}{shown}\n\nPatch by {AUTHOR}."
    progress.kept.append(KeptPatch(trial.repo, trial.report, message, trial.credited, trial.test))
    judgements = {**progress.state.judgements, **(trial.rejudged or {})}
    progress.state = FidelityState(trial.repo, trial.report, judgements)
    progress.history.visit(trial.repo.digest)


def _note(attempt: Attempt, ticket: Ticket, session: Session) -> None:
    session.journal.note(
        "patch.tried",
        author=attempt.patch.author,
        verdict=attempt.verdict,
        note=attempt.note,
        reason=attempt.patch.reason,
        diff=attempt.patch.diff,
        before=attempt.before,
        after=attempt.after,
        rungs=attempt.rungs,
        criteria=list(ticket.ids),
    )


@contextmanager
def budget_slice(session: Session, part: float = SLICE) -> Iterator[None]:
    """Let a part of what is left of money, tokens and minutes be spent, and give the limits back afterwards."""
    budget, whole = session.budget, session.budget.limits
    minutes = budget.seconds / 60

    def lower(limit: float | None, spent: float) -> float | None:
        return None if limit is None else spent + part * max(0.0, limit - spent)

    tokens = lower(whole.tokens, budget.spent.tokens)
    budget.limits = replace(
        whole,
        usd=lower(whole.usd, budget.spent.usd or 0.0),
        tokens=None if tokens is None else int(tokens),
        minutes=lower(whole.minutes, minutes),
    )
    try:
        yield
    finally:
        budget.limits = whole

"""One patch for fidelity tried: applied, asked of the guards, checked, shown by a test, compared; kept or dropped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from p2c.errors import PatchError
from p2c.executor.report import Report
from p2c.pipeline.fidelity.samples import preferences
from p2c.pipeline.fidelity.tickets import Ticket
from p2c.pipeline.fidelity.verdicts import CriteriaJudge, Judgement
from p2c.repair.fidelity.guarding import refusals
from p2c.repair.fidelity.shown_by_tests import edited_tests, failing, tests_of, with_tests_of
from p2c.repair.guards import Scope
from p2c.repair.guards.code_changes import Change
from p2c.repair.history import Attempt, AttemptVerdict, History
from p2c.repair.patch import Patch, apply_with_rungs, diff_repos
from p2c.repo import Repo
from p2c.scoring.prompt_injection import find_addressed

Again = Callable[[Repo, tuple[str, ...]], Report]


_GREEN = (
    "none of its tests fails on the code before for what the code computes (that a name is missing there shows "
    "nothing: import what was there, unless the patch adds a function)"
)


@dataclass(frozen=True)
class FidelityState:
    """A state that runs: the repository, its report, and what is said of each criterion that is open."""

    repo: Repo
    report: Report
    judgements: Mapping[str, Judgement]


@dataclass(frozen=True)
class KeepRule:
    """What decides about a patch: the checks, single tests run again, the guards' scope, and independent samples."""

    check: Callable[[Repo], Report]
    again: Again
    scope: Callable[[Repo], Scope]
    judge: CriteriaJudge


@dataclass(frozen=True)
class FidelityTrial:
    """A patch that was tried, and where it leads: the state, the criteria that it is kept for, the test that shows it.

    `rejudged` are the criteria met before that it touches, as they are judged now.
    """

    attempt: Attempt
    repo: Repo | None = None
    report: Report | None = None
    credited: tuple[str, ...] = ()
    test: str = ""
    rejudged: Mapping[str, Judgement] | None = None


def try_patch(patch: Patch, ticket: Ticket, state: FidelityState, rule: KeepRule, history: History) -> FidelityTrial:
    """Try a patch, the cheapest question first. Raises what checks and models raise."""
    before = state.report.fingerprint
    if not patch.diff.strip():
        return _ended(patch, before, "rejected", f"there was nothing to apply: {patch.reason}")
    try:
        repo, rungs = apply_with_rungs(patch.diff, state.repo)
    except PatchError as error:
        return _ended(patch, before, "rejected", error.message)
    applied = replace(patch, diff=diff_repos(state.repo, repo))
    if history.tried(applied.diff, before):
        return _ended(applied, before, "rejected", "this very change was tried before", rungs)
    refused = _refused(state.repo, repo, rule, ticket)
    if refused:
        return _ended(applied, before, "rejected", f"refused, nothing was changed: {refused}", rungs)
    report = rule.check(repo)
    trial = FidelityTrial(Attempt(applied, "dropped", "", before, report.fingerprint, rungs=rungs), repo, report)
    worse = _worse(state.report, report)
    return _dropped(trial, worse) if worse else _kept_if_better(trial, Change(state.repo, repo), ticket, state, rule)


def _kept_if_better(
    trial: FidelityTrial, change: Change, ticket: Ticket, state: FidelityState, rule: KeepRule
) -> FidelityTrial:
    test, lacking = _shown(change, ticket, rule)
    if lacking:
        return _dropped(trial, lacking)
    preferred = preferences(rule.judge, state.repo, change.after, ticket.criteria)
    for name, (preference, why) in preferred.items():
        if preference == "old":
            return _dropped(trial, f"an independent sample prefers the state before for {name}: {why}")
    credited = tuple(name for name, (preference, _) in preferred.items() if preference == "new")
    if not credited:
        reasons = "; ".join(f"{name}: {why}" for name, (_, why) in preferred.items()) or "no usable reply"
        return _dropped(trial, f"independent samples do not prefer it to the state before ({reasons})")
    rejudged = _rejudged(change, trial.report or state.report, ticket, state, rule)
    fell = [f"{name}: {judgement.why}" for name, judgement in rejudged.items() if judgement.status != "met"]
    if fell:
        return _dropped(trial, f"it touches what was met before and is not any more: {'; '.join(fell)}")
    note = f"it runs as before, and independent samples prefer it for {', '.join(credited)}"
    note += f"; {test} fails before and passes after" if test else ""
    attempt = replace(trial.attempt, verdict="kept", note=note)
    return replace(trial, attempt=attempt, credited=credited, test=test, rejudged=rejudged)


def _refused(before: Repo, after: Repo, rule: KeepRule, ticket: Ticket) -> str:
    guard_refusals = refusals(before, after, rule.scope(before), ticket.quotes)
    reasons = [f"{refusal.guard} ({refusal.path}): {refusal.message}" for refusal in guard_refusals]
    return "; ".join([*reasons, *_addressed(before, after)])


def _addressed(before: Repo, after: Repo) -> list[str]:
    """Return what added text says to whoever judges it."""
    had = {(line.path, line.text) for line in find_addressed(_changed(before, after, before))}
    new = [line for line in find_addressed(_changed(before, after, after)) if (line.path, line.text) not in had]
    return [f"addressed ({line.path}): line {line.line} speaks to whoever judges the code" for line in new[:3]]


def _changed(before: Repo, after: Repo, of: Repo) -> dict[str, str]:
    paths = [path for path in {**before.files, **after.files} if before.files.get(path) != after.files.get(path)]
    return {path: of.files[path] for path in paths if path in of.files}


def _worse(before: Report, after: Report) -> str:
    """Say what is lost: the verdict, a check that passed, or a finding of any check that was not there."""
    if not after.ok:
        first = after.gating[0].message if after.gating else after.verdict
        return f"it does not run any more: {first[:600]}"
    lost = [result.check for result in before.results
            if result.status == "passed" and after.status(result.check) != "passed"]  # fmt: skip
    if lost:
        return f"{lost[0]} passed before and does not any more"
    known = {finding.fingerprint for finding in before.findings}
    new = [finding for finding in after.findings if finding.fingerprint not in known]
    if new:
        place = f"{new[0].path}:{new[0].line or 1}: " if new[0].path else ""
        return f"{new[0].check} finds something new: {place}{new[0].rule}: {new[0].message[:600]}"
    return ""


def _shown(change: Change, ticket: Ticket, rule: KeepRule) -> tuple[str, str]:
    """Return a test that fails before and passes after, or why there is none where one is asked for.

    Tests that were there and were changed have to fail before, all of them: else they were weakened for nothing.
    """
    tests, edited = tests_of(change), edited_tests(change)
    if not tests:
        lacking = "the requirement names a formula, and the patch brings no test that fails before and passes after"
        return "", lacking if ticket.formula else ""
    before = rule.again(with_tests_of(change.before, change.after), tests)
    red = failing(before, tests, change)
    kept_green = [test for test in edited if test not in red]
    if kept_green:
        return "", f"{kept_green[0]} was changed, and passes on the code before as well: leave it as it was"
    if not red:
        return "", _GREEN if ticket.formula else ""
    after = rule.again(change.after, red)
    if after.status("smoke") != "passed" or after.gating:
        return "", f"{red[0]} does not pass on the code after"
    return red[0], ""


def _rejudged(
    change: Change, report: Report, ticket: Ticket, state: FidelityState, rule: KeepRule
) -> dict[str, Judgement]:
    """Judge again what was met before on lines that the patch touches."""
    touched = {path: _old_lines(change, path) for path in change.paths}

    def is_touched(judgement: Judgement) -> bool:
        places = judgement.verdict.evidence if judgement.verdict else ()
        return any(not touched.get(p.path, frozenset()).isdisjoint(range(p.start, p.end + 1)) for p in places)

    others = [
        judgement
        for name, judgement in state.judgements.items()
        if name not in ticket.ids and judgement.status == "met"
    ]
    again = [judgement.criterion for judgement in others if is_touched(judgement)]
    return rule.judge.judge(change.after, report, again, "fidelity.again")


def _old_lines(change: Change, path: str) -> frozenset[int]:
    """Return the lines of a file before that a patch changes, or next to which it adds some."""
    old = change.before.files.get(path, "").split("\n")
    new = change.after.files.get(path, "").split("\n")
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return frozenset(number for kind, start, end, _, _ in steps if kind != "equal" for number in range(start, end + 2))


def _dropped(trial: FidelityTrial, why: str) -> FidelityTrial:
    return FidelityTrial(replace(trial.attempt, note=why))


def _ended(patch: Patch, before: str, verdict: AttemptVerdict, note: str, rungs: tuple[str, ...] = ()) -> FidelityTrial:
    return FidelityTrial(Attempt(patch, verdict, note, before, rungs=rungs))

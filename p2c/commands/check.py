"""`p2c check`: folders through the gate, what was known left out, each format to its file, the worst exit code."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from p2c.commands.build import settings_of
from p2c.commands.console import Console
from p2c.commands.results import deliver, judge, pair, refuse_unwritable
from p2c.commands.session import SessionRequirements, open_session, sandbox_options
from p2c.errors import UnavailableError, UsageError
from p2c.executor.baseline import Known, apply_baseline, read_baseline, write_baseline
from p2c.executor.report import CheckResult, Report
from p2c.executor.runner import known_checks
from p2c.formatting import sentences
from p2c.journal import Journal
from p2c.pipeline import check_cache
from p2c.pipeline.check_folder import DYNAMIC, CheckTarget, GateRequest, check, name_of, read_candidate
from p2c.reports.outcome import Outcome
from p2c.reports.verdict_origin import VerdictOrigin, origin_of
from p2c.settings import Settings

SEVERITY = (0, 5, 1, 3)
"""Exit codes of folders, the worst last: one that could not be judged may hide anything."""


@dataclass(frozen=True)
class Policy:
    """What is made of the findings. `fail_on`: gate, advice (every finding gates), never (the exit code is 0)."""

    fail_on: str = "gate"
    known: Known | None = None
    baseline: Path | None = None
    """Where to write what gates now."""


@dataclass(frozen=True)
class CheckedFolder:
    """A folder, how it is named to people, and what is to be checked there."""

    label: str
    root: Path
    candidate: CheckTarget
    origin: VerdictOrigin = field(default_factory=VerdictOrigin)
    """Of what the verdict will be, whatever happens to the folder meanwhile."""

    @property
    def extra(self) -> dict[str, Any]:
        """What its document says besides the contract's keys."""
        return {"repository": self.root.resolve().name}


@dataclass(frozen=True)
class CheckSession:
    """What all folders of one call share."""

    asked: GateRequest
    settings: Settings
    policy: Policy
    cached: bool
    """Take what was found before, where the same was asked of the same."""
    console: Console

    @property
    def memory(self) -> Path:
        """Where results are kept; no generated code can write there."""
        from platformdirs import user_cache_path

        root = Path(self.settings.cache) if self.settings.cache else user_cache_path("p2c")
        return root / "gate"


def run_check(console: Console, folders: tuple[Path, ...], **flags: Any) -> int:
    """Check each folder; returns the worst exit code (3, then 1, 5, 0)."""
    outputs = pair(flags.pop("order"), flags.pop("formats"), flags.pop("files"))
    check_session = _open_session(console, flags)
    if not folders:
        raise UsageError("no FOLDER was given", "Name one or more repositories: p2c check DIR.")
    known_checks(check_session.asked.only | check_session.asked.skip)
    refuse_unwritable([*(file for _, file in outputs), check_session.policy.baseline])
    names = named(folders, os.environ)
    every = [_read(root, names[root], check_session.asked) for root in names]
    with console.working(None, check_session.settings.limits) as journal:
        judged = [(folder, *_checked(folder, check_session, journal, len(every) == 1)) for folder in every]
    if check_session.policy.baseline:
        write_baseline([(_in_baseline(f, every), report) for f, report, _ in judged], check_session.policy.baseline)
    parts = [
        (folder.label, _outcome(folder, report, end, check_session, _in_baseline(folder, every)))
        for folder, report, end in judged
    ]
    deliver(console, parts, outputs)
    return _exit_code([outcome for _, outcome in parts], check_session)


def _read(root: Path, name: str, asked: GateRequest) -> CheckedFolder:
    candidate = read_candidate(root, asked)
    return CheckedFolder(name, root, candidate, origin_of(root, candidate.tree))


def named(folders: Sequence[Path], environ: Mapping[str, str]) -> dict[Path, str]:
    """Return how each folder is named to people: from CI's checkout or here if all lie in it, else from their parent.

    A single folder that lies elsewhere is named '', its paths as they are inside of it.
    """
    real = {place: folder for folder in reversed(folders) for place in [folder.resolve()]}
    bases = [Path(environ[name]).resolve() for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR") if environ.get(name)]
    bases += [Path.cwd().resolve(), Path(os.path.commonpath([str(place) for place in real]))]
    base = next(candidate for candidate in bases if all(place.is_relative_to(candidate) for place in real))
    names = {folder: place.relative_to(base).as_posix() for place, folder in reversed(real.items())}
    return {folder: "" if name == "." else name for folder, name in names.items()}


def _open_session(console: Console, flags: dict[str, Any]) -> CheckSession:
    baseline, new = flags.pop("baseline"), flags.pop("write_baseline")
    known = read_baseline(baseline) if baseline else None
    policy, cached = Policy(flags.pop("fail_on"), known, new), flags.pop("cached")
    own = {name: flags.pop(name) for name in ("runs", "timeout", "notebooks")}
    only, skip = frozenset(flags.pop("only")), frozenset(flags.pop("skip"))
    settings = settings_of(flags)
    asked = GateRequest(
        only=only,
        skip=skip,
        types_gate=known is not None or new is not None,
        allow_network=settings.allow_network,
        **own,
    )
    return CheckSession(asked, settings, policy, cached, console)


@dataclass(frozen=True)
class FolderOutcome:
    """How checking a folder ended besides its report; `unavailable` says what was not there, `recalled`
    when it was really checked if nothing has changed since."""

    seconds: float = 0.0
    unavailable: str = ""
    recalled: str = ""


def _checked(
    folder: CheckedFolder, check_session: CheckSession, journal: Journal, alone: bool
) -> tuple[Report, FolderOutcome]:
    """Check a folder, or take what was found when nothing had changed; of several, one may be unavailable."""
    start = time.monotonic()
    if not alone:
        journal.note("stage.started", stage=folder.label or ".")
    name = _name(folder.candidate, check_session.settings)
    kept = check_cache.look_up(check_session.memory, name) if check_session.cached else None
    if kept is not None:
        journal.note("report.recalled", folder=folder.label or ".", checked_at=kept.time, verdict=kept.report.verdict)
        return _strict(kept.as_report(), check_session), FolderOutcome(time.monotonic() - start, recalled=kept.time)
    try:
        needs = SessionRequirements(python=folder.candidate.contract.python)
        with open_session(check_session.settings, None, journal, needs) as session:
            report = check(folder.candidate, check_session.asked, session)
    except UnavailableError as error:
        if alone:
            raise
        check_session.console.say(f"{folder.label}: {error}")
        return Report(), FolderOutcome(time.monotonic() - start, sentences(error.message, error.hint))
    _remember(check_session, name, report)
    return _strict(report, check_session), FolderOutcome(time.monotonic() - start)


def _remember(check_session: CheckSession, name: str, report: Report) -> None:
    try:
        check_cache.sweep(check_session.memory)
        check_cache.remember(check_session.memory, name, report)
    except OSError as error:
        if check_session.cached:
            check_session.console.say(f"the result was not cached: {error}")


def _name(candidate: CheckTarget, settings: Settings) -> str:
    """The name of what is asked, and of where and with what it would run."""
    options = sandbox_options(settings, candidate.contract.python)
    return check_cache.key(name_of(candidate, settings.sandbox), options, os.environ)


def _strict(report: Report, check_session: CheckSession) -> Report:
    """Return the report in which, if so asked, advice gates too."""
    if check_session.policy.fail_on != "advice":
        return report
    return Report(tuple(_all_gate(result) for result in report.results))


def _all_gate(result: CheckResult) -> CheckResult:
    findings = tuple(replace(finding, gates=True) for finding in result.findings)
    return replace(result, findings=findings, status="failed" if findings else result.status)


def _in_baseline(folder: CheckedFolder, every: Sequence[CheckedFolder]) -> str:
    return "" if len(every) == 1 else folder.label or "."


def _outcome(
    folder: CheckedFolder, report: Report, end: FolderOutcome, check_session: CheckSession, known_as: str
) -> Outcome:
    origin = folder.origin.dated
    if end.unavailable:
        return Outcome("unavailable", end.unavailable, report, seconds=end.seconds, extra=folder.extra, origin=origin)
    known = check_session.policy.known
    report = apply_baseline(report, known, known_as) if known is not None else report
    verdict, why = judge(report, check_session.asked.done)
    extra = {**folder.extra}
    if end.recalled:
        why = f"{why} (cached result of {end.recalled}; nothing has changed since, so no check was run)"
        extra |= {"cached": True, "checked_at": end.recalled}
        origin = replace(origin, date=end.recalled)
    return Outcome(verdict, why, report, seconds=end.seconds, extra=extra, origin=origin)


def _exit_code(outcomes: Sequence[Outcome], check_session: CheckSession) -> int:
    code = max((_code_of(outcome, check_session.asked.done) for outcome in outcomes), key=SEVERITY.index)
    if check_session.policy.fail_on == "never" and code in (1, 5):
        check_session.console.say("exit code 0 because of --fail-on never")
        return 0
    return code


def _code_of(outcome: Outcome, asked: frozenset[str]) -> int:
    looked = any(result.status in ("passed", "failed") for result in outcome.report.results)
    static = outcome.verdict == "unverified" and not asked & DYNAMIC and looked
    known = outcome.verdict == "broken" and not outcome.report.gating
    return 0 if static or known else outcome.exit_code

"""The strategy: the releases of the day that the code was written for, where they are other ones, and had the name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from p2c.executor.entry_points import discover
from p2c.executor.instrumented_sandbox import InstrumentedSandbox
from p2c.executor.requirements.declared import Requirements, read_requirements
from p2c.executor.requirements.test_dependencies import with_test_needs
from p2c.repair.case import Case, Strategy
from p2c.repair.fixers.text_edits import offer
from p2c.repair.patch import Patch
from p2c.repair.release_dates.contract_edit import with_era
from p2c.repair.release_dates.date_evidence import DateEvidence, pins, readme_with, stated_days
from p2c.repair.release_dates.missing_api import MissingApi, missed
from p2c.repair.release_dates.package_index import Releases
from p2c.session import Session

PROPOSALS = 2
"""How many days are tried for one trouble: each costs a round of checks."""
TROUBLES = 3
"""Missing names that are looked into: for each, releases are unpacked."""
STEP = timedelta(days=14)
"""How close the search for a day comes; each halving resolves all requirements again."""
"""How exactly the first day is looked for that had wheels of everything."""


@dataclass(frozen=True)
class Choice:
    """A day to put into the contract, with an older Python where that goes with it, and why."""

    era: str
    python: str
    reason: str


def make_era(session: Session, written: str = "", today: str = "") -> Strategy:
    """Return the strategy; `written` is the ISO date of the code's last commit, where it has one.

    It resolves in the session's sandbox and answers only where the resolution of that day has wheels, another
    version of the library that the failure is about, and in it what the code misses. Raises SandboxError.
    """
    known: dict[tuple[str, tuple[MissingApi, ...]], tuple[Choice, ...]] = {}
    now = date.fromisoformat(today) if today else date.today()

    def propose(case: Case) -> Patch | None:
        troubles = tuple(missed(case))[:TROUBLES]
        wanted = with_test_needs(case.repo, read_requirements(case.repo))
        if not troubles or not wanted.path or discover(case.repo).era:
            return None
        key = (wanted.text, troubles)
        if key not in known:
            known[key] = _choices(case, troubles, wanted, session, (written, now))
        return next((patch for choice in known[key] if (patch := _patch(case, choice))), None)

    return propose


def _patch(case: Case, choice: Choice) -> Patch | None:
    files = with_era(case.repo, choice.era, choice.python)
    return offer(case, "releases", choice.reason, {**files, **readme_with(case.repo, choice.era)}) if files else None


def _choices(
    case: Case, troubles: tuple[MissingApi, ...], wanted: Requirements, session: Session, dates: tuple[str, date]
) -> tuple[Choice, ...]:
    target = InstrumentedSandbox(session.sandbox)
    session.sandbox.set_network("install")
    try:
        releases = Releases(target, wanted, case.repo)
        choices = list(_found(case, troubles, releases, dates))
    finally:
        session.sandbox.set_network("none")
    return tuple(dict.fromkeys(choices))[:PROPOSALS]


def _found(
    case: Case, troubles: tuple[MissingApi, ...], releases: Releases, dates: tuple[str, date]
) -> Iterator[Choice]:
    written, today = dates
    if not releases.now:
        return
    days = list(stated_days(case, releases.published(pins(releases.wanted))))
    days += [DateEvidence(written, "its last commit")] if written else []
    for trouble in troubles:
        library = trouble.library or releases.owner(trouble.owner)
        name = releases.distribution(library)
        for day in days if name else ():
            choice = _as_of(day, today, trouble, (library, name), releases)
            if choice is not None:
                yield choice


def _as_of(
    day: DateEvidence, today: date, trouble: MissingApi, of: tuple[str, str], releases: Releases
) -> Choice | None:
    library, name = of
    start = date.fromisoformat(day.date)
    workable = _workable(start, today, releases) if start < today else None
    if workable is None:
        return None
    era, python, versions = workable
    old, new = versions.get(name, ""), releases.now[name]
    if not old or old == new or not releases.has(library, f"{name}=={old}", trouble):
        return None
    then = "" if era == day.date else f", the first day after {day.date} with wheels for this Python"
    has = "takes other arguments than" if trouble.changed else "has what is missing in"
    words = f"Install the releases of {era} ({day.source}{then}): {name} {old} {has} {new}: {trouble.name}"
    return Choice(era, python, words)


def _workable(start: date, today: date, releases: Releases) -> tuple[str, str, dict[str, str]] | None:
    """Return a day, a Python ('' for the one that runs here) and what is installed; the day itself where it goes."""
    for version, path in (("", ""), *releases.pythons()):
        versions = releases.of(start.isoformat(), path)
        if versions:
            return start.isoformat(), version, versions
    low, high, best = start, today, None
    while high - low > STEP:
        middle = low + (high - low) / 2
        versions = releases.of(middle.isoformat())
        if versions:
            high, best = middle, (middle.isoformat(), "", versions)
        else:
            low = middle
    return best

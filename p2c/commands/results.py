"""How a command's result leaves: the outcome with its reason, the report files, the formats asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from p2c import __version__, state_folder
from p2c.commands.console import Console, host_error
from p2c.errors import BudgetExceededError, P2CError, UsageError
from p2c.executor.report import Report, Verdict, what_ran
from p2c.formatting import sentences
from p2c.git import folder_status
from p2c.journal import Journal, read_events
from p2c.pipeline.check_folder import DYNAMIC
from p2c.pipeline.verify import RepairResult
from p2c.reports.account import account_of
from p2c.reports.formats import FORMATS
from p2c.reports.merge import Part, merged_outcome
from p2c.reports.outcome import Outcome, document
from p2c.reports.verdict_origin import command_line, origin_of
from p2c.repository_files import as_read, read
from p2c.run_contract import RunContract
from p2c.safe_text import is_obeyed
from p2c.session import Session

CI = ("GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION")
"""Variables of the CI services whose runners obey lines of a log."""


def outcome_of(result: RepairResult, session: Session, extra: dict[str, Any], root: Path) -> Outcome:
    """Return how a build or repair of `root` ended, and of which state of it that is said."""
    why = sentences(result.stop.why, result.stop.hint)
    attempts = tuple(result.case.history.attempts)
    where = {"sandbox": session.sandbox.backend, "features": sorted(session.sandbox.features)}
    extra = {**extra, **where, "contract": _contract(result.case.contract)}
    extra |= {"fidelity": result.fidelity.to_data()} if result.fidelity else {}
    case, budget = result.case, session.budget
    origin = origin_of(root, as_read(case.repo, root).digest, committed=case.plan is not None)
    return Outcome(result.stop.word, why, result.case.report, attempts, budget.spent, budget.seconds, extra, origin)


def _contract(contract: RunContract) -> dict[str, Any]:
    names = ("origin", "smoke", "full", "artifacts", "network")
    return {name: getattr(contract, name) for name in names}


def out_of_budget(error: BudgetExceededError, session: Session, extra: dict[str, Any], root: Path) -> Outcome:
    """Return the outcome of a run that a limit ended before there was anything to judge."""
    why, budget = sentences(error.message, error.hint), session.budget
    return Outcome("budget", why, Report(), (), budget.spent, budget.seconds, extra, origin_of(root, read(root).digest))


class RunInProgress:
    """A build or repair under way: its journal says how it ended, and the page in its folder never shows another
    run's verdict as its own."""

    def __init__(self, root: Path, journal: Journal) -> None:
        self.root = root
        self.journal = journal
        self._ended = False

    def begin(self, **about: Any) -> None:
        """Note what was started, on which state."""
        git = folder_status.read_status(self.root)
        about |= {"line": command_line(), "version": __version__, "commit": git.commit, "clean": git.clean}
        self.journal.note("run.started", **about)
        self._draw()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note an error that ends the run, once, however many of these blocks it leaves."""
        try:
            yield
        except BaseException as error:
            if not self._ended:
                word, why = described(error)
                self.journal.note("run.ended", verdict=word, why=why)
                self._ended = True
            with suppress(Exception):  # the error is what has to be told
                error.account = self.account()  # type: ignore[attr-defined]
                self._draw()
            raise

    def account(self) -> dict[str, Any]:
        """Return what this folder's runs have paid for."""
        return account_of(tuple(read_events(self.journal.path))) if self.journal.path is not None else {}

    def file(self, outcome: Outcome) -> Outcome:
        """Write `report.json` and `report.html` beside the journal; returns the outcome, with the folder's account."""
        if account := self.account():
            outcome = replace(outcome, extra={**outcome.extra, "account": account})
        origin = outcome.origin
        state_folder.write_state(self.root, "report.json", document(outcome))
        about = {"commit": origin.commit, "tree": origin.tree, "clean": origin.clean, "date": origin.date}
        self.journal.note("run.ended", verdict=outcome.verdict, why=outcome.why, version=__version__, **about)
        self._ended = True
        self._draw()
        return outcome

    def _draw(self) -> None:
        """Draw the page anew; one that cannot be drawn is no fault of the run's."""
        from p2c.reports.render import draw

        with suppress(P2CError, OSError):
            page, _ = draw((self.root,), "html")
            state_folder.write_text(self.root, "report.html", page)


def described(error: BaseException) -> tuple[str, str]:
    """Return the word and the sentence for an error that ends a run."""
    error = host_error(error) or error
    if isinstance(error, P2CError):
        return error.word, sentences(error.message, error.hint)
    if isinstance(error, Exception):
        return "bug", f"a bug in p2c: {type(error).__name__}: {error}"
    return "interrupted", "interrupted; run the same command again to resume"


def give_diff(console: Console, folder: Path, outcome: Outcome, diff: str, file: Path | None) -> int:
    """Deliver a repair as a diff: to `file`, else to stdout; always to `.p2c/repair.diff` too."""
    data = diff.encode("utf-8", "surrogateescape")
    for place in (folder / state_folder.STATE / "repair.diff", *([file] if file else [])):
        state_folder.write_file(place, data)
    if console.as_json:
        return console.give(outcome)
    if file is None and is_obeyed(diff) and any(os.environ.get(name) for name in CI):
        console.say("The diff contains workflow commands for this CI, so it is not printed. Use -o FILE.")
    elif file is None:
        os.write(sys.stdout.fileno(), data)
    console.say(f"{outcome.verdict}: {outcome.why}")
    return outcome.exit_code


def judge(report: Report, asked: frozenset[str]) -> tuple[Verdict, str]:
    """Return the verdict of one round of checks with its reason; `asked` are the checks that were asked for."""
    if report.gating:
        first, more = report.gating[0], len(report.gating) - 1
        message = first.message.splitlines()[0] if first.message else first.rule
        return "broken", f"{first.check}: {message}" + (f" (and {more} more)" if more else "")
    if report.verdict == "runs":
        return "runs", what_ran(report)
    if report.verdict == "broken":
        return "broken", "it fails as in the baseline; there are no new blocking findings"
    if not asked & DYNAMIC and any(result.status == "passed" for result in report.results):
        return "unverified", "no check that runs code was selected; there are no blocking findings"
    notes = [r.note for r in report.results if r.check in ("compile", "smoke", "test") and r.status == "skipped"]
    return "unverified", "; ".join(dict.fromkeys(notes)) or "nothing was found that could be run"


Chosen = tuple[str, Path | None]
"""A format, and the file it goes to (None: stdout)."""


def pair(order: Sequence[str], formats: Sequence[str], files: Sequence[Path]) -> tuple[Chosen, ...]:
    """Return each format with its file: an -o belongs to the --format before it, one that comes first to the first.

    `order` holds `formats` and `files` as they stood on the command line. Raises UsageError for two files of one.
    """
    if not formats and len(files) > 1:
        raise UsageError(f"{len(files)} files for one format", "Put a --format before each -o.")
    chosen: list[Chosen] = []
    names, places = iter(formats), iter(files)
    early: Path | None = None
    for word in order:
        if word == "formats":
            chosen.append((next(names), early))
            early = None
            continue
        file = next(places)
        if (chosen and chosen[-1][1]) or early:
            raise UsageError(f"-o {str(file)!r} has no --format of its own", "Put a --format before each -o.")
        early = None if chosen else file
        chosen[-1:] = [(chosen[-1][0], file)] if chosen else []
    return tuple(chosen) if chosen else (("", early),) if early else ()


def refuse_unwritable(files: Sequence[Path | None]) -> None:
    """Raise UsageError for a file that could not be written in the end, before any work is done for it."""
    for file in filter(None, files):
        above = next(place for place in (file, *file.absolute().parents) if place.exists())
        if file.is_dir() or not os.access(above, os.W_OK) or (above != file and not above.is_dir()):
            raise UsageError(f"{str(file)!r} cannot be written", "Choose another file.")


def deliver(console: Console, parts: Sequence[Part], chosen: Sequence[Chosen]) -> None:
    """Write what was found in each format, to its file or to stdout; with --json, stdout is the one document."""
    usual = "json" if console.as_json else "text"
    given = [(name or usual, file) for name, file in chosen] or [(usual, None)]
    for name, file in given:
        if file is not None:
            state_folder.write_file(file, _rendered(name, parts).encode("utf-8", "backslashreplace"))
    on_stdout = ["json"] if console.as_json else [name for name, file in given if file is None]
    for name in on_stdout:
        if name == "text":
            _print_text(console, parts)
        else:
            sys.stdout.write(_rendered(name, parts))


def _rendered(name: str, parts: Sequence[Part]) -> str:
    return FORMATS[name](merged_outcome(parts, own_paths=name in ("json", "text")))


def _print_text(console: Console, parts: Sequence[Part]) -> None:
    outcome = merged_outcome(parts, own_paths=True)
    if len(parts) > 1 and not console.quiet:
        for folder, each in parts:
            console.say(f"{folder or '.'}: {each.verdict}: {each.why}")
    console.give(outcome)

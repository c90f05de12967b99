"""How a command's result leaves: the outcome with its reason, the report files, the formats asked for."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from p2c import output
from p2c.console import Console
from p2c.errors import BudgetExceededError, UsageError
from p2c.executor.report import Report, Verdict
from p2c.journal import Journal, read_events
from p2c.proof import Result
from p2c.reports import FORMATS
from p2c.reports.document import Outcome, document
from p2c.session import Session

DYNAMIC = frozenset({"import", "smoke", "test"})


def outcome_of(result: Result, session: Session, extra: dict[str, Any]) -> Outcome:
    """Return how a build or repair ended."""
    why = result.stop.why + (f" {result.stop.hint}" if result.stop.hint else "")
    attempts = tuple(result.case.history.attempts)
    extra = {**extra, "sandbox": session.sandbox.backend, "features": sorted(session.sandbox.features)}
    budget = session.budget
    return Outcome(result.stop.word, why, result.case.report, attempts, budget.spent, budget.seconds, extra)


def out_of_budget(error: BudgetExceededError, session: Session, extra: dict[str, Any]) -> Outcome:
    """Return the outcome of a run that a limit ended before there was anything to judge."""
    why = " ".join(str(error).split())
    return Outcome("budget", why, Report(), (), session.budget.spent, session.budget.seconds, extra)


def file_report(root: Path, outcome: Outcome, journal: Journal) -> Outcome:
    """Write `report.json` and `report.html` beside the journal; returns the outcome."""
    from p2c.reports.html import render_html

    doc = document(outcome)
    journal.note("run.ended", verdict=outcome.verdict, why=outcome.why)
    output.write_state(root, "report.json", doc)
    events = list(read_events(root / output.STATE / "journal.jsonl"))
    (root / output.STATE / "report.html").write_text(render_html(doc, events), encoding="utf-8")
    return outcome


def give_diff(console: Console, folder: Path, outcome: Outcome, diff: str, file: Path | None) -> int:
    """Deliver a repair as a diff: to `file`, else to stdout; always to `.p2c/repair.diff` too."""
    data = diff.encode("utf-8", "surrogateescape")
    for place in (folder / output.STATE / "repair.diff", *([file] if file else [])):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    if console.as_json:
        return console.give(outcome)
    if file is None:
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
        return "runs", "every check that gates passed"
    if report.verdict == "broken":
        return "broken", "it fails as the baseline says; nothing new gates"
    if not asked & DYNAMIC:
        return "unverified", "nothing was run, as asked; no finding gates"
    notes = [r.note for r in report.results if r.check in ("smoke", "test") and r.note]
    return "unverified", "; ".join(notes) or "nothing was found that could be run"


def deliver(console: Console, outcome: Outcome, formats: tuple[str, ...], files: tuple[Path, ...]) -> None:
    """Write a check's outcome in each format: the first file takes the first format, what is left goes to stdout."""
    chosen = formats or (("json",) if console.as_json else ("text",))
    if len(files) > len(chosen):
        raise UsageError(f"{len(files)} files for {len(chosen)} formats", "Give one --format for each -o.")
    for name, file in zip(chosen, files, strict=False):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(FORMATS[name](outcome), encoding="utf-8", errors="backslashreplace")
    rest = chosen[len(files) :]
    if console.as_json:
        rest = ("json",)
    for name in rest:
        if name == "text":
            console.give(outcome)
        else:
            sys.stdout.write(FORMATS[name](outcome))

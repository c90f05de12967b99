"""`p2c refine`: a folder that runs is brought closer to its paper."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from p2c import state_folder
from p2c.commands.build import about_run, forget_replies, paper_from, python_of, require_folder, settings_of
from p2c.commands.console import Console
from p2c.commands.results import RunInProgress, out_of_budget, outcome_of
from p2c.commands.session import SessionRequirements, find_model, open_session
from p2c.errors import BudgetExceededError, ModelError
from p2c.generator.paper import Paper
from p2c.journal import Journal
from p2c.pipeline.refine import RefineRequest, refine
from p2c.pipeline.repair_folder import FolderRequest
from p2c.reports.outcome import Outcome
from p2c.session import Session
from p2c.settings import Settings


def run_refine(console: Console, folder: Path, paper: str, runs: tuple[str, ...], **flags: Any) -> int:
    """Work for fidelity in `folder`; the exit code says whether it runs."""
    require_folder(folder)
    request = FolderRequest(folder, runs, timeout=flags.pop("timeout"), force=flags.pop("force"), claims=True)
    settings = settings_of(flags)
    read = paper_from(paper, "", settings)
    for note in read.notes:
        console.say(f"{paper}: {note}")
    return console.give(refine_folder(console, request, read, settings))


def refine_folder(console: Console, request: FolderRequest, paper: Paper, settings: Settings) -> Outcome:
    """Work for fidelity, file the report in the folder's `.p2c/`, and return how it ended."""
    root = request.root
    asked = RefineRequest(
        replace(request, allow_network=settings.allow_network), paper, settings.refine_rounds, settings.context
    )
    extra: dict[str, Any] = {"repository": root.resolve().name, "paper": paper.id, "title": paper.title}
    find_model(settings, Journal(), console.say)  # before anything is made
    needs = SessionRequirements(root, python_of(root, request.runs))
    with state_folder.alone(root, settings.patience, console.say):
        with console.working(root / state_folder.STATE / "journal.jsonl", settings.limits) as journal:
            run = RunInProgress(root, journal)
            with run.watched():
                run.begin(**about_run("refine", paper.title, settings))
                model = find_model(settings, journal, console.say)
                with open_session(settings, model, journal, needs) as session, run.watched():
                    outcome = _refine(asked, session, extra)
        return run.file(outcome)


def _refine(request: RefineRequest, session: Session, extra: dict[str, Any]) -> Outcome:
    root = request.folder.root
    try:
        result, diff = refine(request, session)
        return outcome_of(result, session, {**extra, "diff": diff}, root)
    except BudgetExceededError as error:
        return out_of_budget(error, session, extra, root)
    except ModelError as error:
        forget_replies(root, error)
        raise

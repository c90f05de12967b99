"""What each command does: from flags to an outcome and its exit code."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from p2c import git_history, state_folder
from p2c.commands import finished_build, plan_files, questions
from p2c.commands.console import Console
from p2c.commands.results import RunInProgress, give_diff, out_of_budget, outcome_of
from p2c.commands.session import SessionRequirements, find_model, open_session
from p2c.errors import BudgetExceededError, InputError, ModelError
from p2c.generator.paper import Paper
from p2c.git import folder_status
from p2c.journal import Journal
from p2c.models.recordings import forget_stage
from p2c.redaction import redact
from p2c.repair.case import Strategy
from p2c.reports.outcome import Outcome
from p2c.session import Session
from p2c.settings import Settings, resolve, user_file

if TYPE_CHECKING:
    from p2c.pipeline.build import BuildRequest
    from p2c.pipeline.repair_folder import FolderRequest


@dataclass(frozen=True)
class BuildFlags:
    """What `p2c build` is told besides settings."""

    root: Path
    until_runs: bool = True
    until_faithful: bool = False
    force: bool = False
    allow: tuple[str, ...] = ()
    password: str = field(default="", repr=False)
    main: str = ""
    ask: bool = False
    claims: bool = False


def run_build(console: Console, paper: str, **flags: Any) -> int:
    """`p2c build`."""
    names = ("root", "until_runs", "until_faithful", "force", "allow", "claims", "ask")
    own = {name: flags.pop(name) for name in names}
    asked = BuildFlags(**own, password=flags.pop("password") or "", main=flags.pop("main", None) or "")
    settings = settings_of(flags)
    read = paper_from(paper, asked.password, settings, asked.main)
    for note in read.notes:
        console.say(f"{paper}: {note}")
    return console.give(build_paper(console, read, asked, settings))


def build_paper(console: Console, paper: Paper, asked: BuildFlags, settings: Settings) -> Outcome:
    """Build, file the report in the output's `.p2c/`, and return how it ended."""
    root, about = asked.root, {"paper": paper.id, "title": paper.title}
    find_model(settings, Journal(), console.say)  # before anything is made
    state_folder.refuse_output(root, about, asked.force)
    with state_folder.alone(root, settings.patience, console.say):
        outer = folder_status.around(root)
        if outer is not None:
            console.say(f"{root} is inside the git repository {outer}; it becomes a separate repository")
        state_folder.open_output(root, about, asked.force)
        git_history.GitHistory(root).refuse_foreign_work(asked.force)
        request = _request(console, paper, asked, settings)
        key = finished_build.key_of(paper, request, settings)
        before = None if asked.force else finished_build.known(request, key)
        if before is not None:
            return before
        with console.working(root / state_folder.STATE / "journal.jsonl", settings.limits) as journal:
            run = RunInProgress(root, journal)
            with run.watched():
                run.begin(**about_run("build", paper.title, settings))
                model = find_model(settings, journal, console.say)
                # Noted inside as well: to close a sandbox may take longer than there is after a Ctrl-C.
                with open_session(settings, model, journal, SessionRequirements(root)) as session, run.watched():
                    read = {"reading": list(paper.notes)} if paper.notes else {}
                    outcome = _build(paper, request, session, about | read)
        finished_build.remember(request, key if is_finished(outcome) else "", outcome)
        return run.file(outcome)


def _request(console: Console, paper: Paper, asked: BuildFlags, settings: Settings) -> BuildRequest:
    """What is to be built, with the plan that a person has in the output folder."""
    from p2c.pipeline.build import BuildRequest

    edited = plan_files.read_plan_files(asked.root)
    if edited:
        console.say(f"Continuing from the plan in {asked.root / plan_files.FOLDER} ({', '.join(edited)})")
    return BuildRequest(
        asked.root,
        asked.until_runs,
        figures_of(paper, asked, settings),
        frozenset(asked.allow),
        settings.allow_network,
        asked.claims,
        criteria=settings.criteria,
        edited=edited,
        decide=questions.decider(console, asked.root, asked.ask),
        until_faithful=asked.until_faithful,
        rounds=settings.refine_rounds if asked.until_faithful else 0,
        context=settings.context if asked.until_faithful else None,
    )


def _build(paper: Paper, request: BuildRequest, session: Session, extra: dict[str, Any]) -> Outcome:
    from p2c.generator.paper_excerpt import fit_paper
    from p2c.pipeline.build import build

    fitted = fit_paper(paper, session.context)
    if fitted.said:
        paper, extra = fitted.paper, extra | {"reading": list(fitted.paper.notes)}
        session.journal.note("paper.shortened", why=fitted.said)
    state_folder.begin(request.root)
    try:
        outcome = outcome_of(build(paper, request, strategies(session), session), session, extra, request.root)
    except BudgetExceededError as error:
        outcome = out_of_budget(error, session, extra, request.root)
    except ModelError as error:
        forget_replies(request.root, error)
        raise
    state_folder.end(request.root, is_finished(outcome))
    return outcome


def is_finished(outcome: Outcome) -> bool:
    """Tell whether no limit ended it, neither its verdict nor its work for fidelity: else the same command goes on."""
    return outcome.verdict != "budget" and outcome.extra.get("fidelity", {}).get("stop") != "budget"


def run_repair(console: Console, folder: Path, runs: tuple[str, ...], logs: tuple[Path, ...], **flags: Any) -> int:
    """`p2c repair`."""
    from p2c.pipeline.repair_folder import FolderRequest

    require_folder(folder)
    no_model, diff_file = flags.pop("no_model"), flags.pop("diff_file")
    given = {key: flags.pop(key) for key in ("force", "timeout", "diff_only", "claims")}
    request = FolderRequest(folder, runs, log=_read_logs(logs), allow=frozenset(flags.pop("allow")), **given)
    outcome = repair_and_report(console, request, settings_of(flags), with_model=not no_model)
    if request.diff_only:
        return give_diff(console, folder, outcome, str(outcome.extra.get("diff", "")), diff_file)
    return console.give(outcome)


def repair_and_report(console: Console, request: FolderRequest, settings: Settings, with_model: bool = True) -> Outcome:
    """Repair a folder, file the report in its `.p2c/`, and return how it ended; `extra` has the whole `diff`."""
    root = request.root
    request = replace(request, allow_network=settings.allow_network)
    extra: dict[str, Any] = {"repository": root.resolve().name, "applied": not request.diff_only}
    if with_model:
        find_model(settings, Journal(), console.say)  # before anything is made
    python = python_of(root, request.runs)
    with state_folder.alone(root, settings.patience, console.say):
        with console.working(root / state_folder.STATE / "journal.jsonl", settings.limits) as journal:
            run = RunInProgress(root, journal)
            with run.watched():
                run.begin(**about_run("repair", root.resolve().name, settings))
                model = find_model(settings, journal, console.say) if with_model else None
                with (
                    open_session(settings, model, journal, SessionRequirements(root, python)) as session,
                    run.watched(),
                ):
                    outcome = _repair(request, session, extra)
        return run.file(outcome)


def _repair(request: FolderRequest, session: Session, extra: dict[str, Any]) -> Outcome:
    from p2c.pipeline.repair_folder import repair_folder

    try:
        result, diff = repair_folder(request, strategies(session, _last_commit(request.root)), session)
        return outcome_of(result, session, {**extra, "diff": diff}, request.root)
    except BudgetExceededError as error:
        return out_of_budget(error, session, extra, request.root)
    except ModelError as error:
        forget_replies(request.root, error)
        raise


def forget_replies(root: Path, error: ModelError) -> None:
    """Set aside the replies that would lead to the same error again."""
    if error.stage:
        forget_stage(state_folder.StateFolder(root), error.stage)


def run_report(console: Console, places: tuple[Path, ...], form: str | None, file: Path | None) -> int:
    """`p2c report`; the exit code is 0 wherever there was something to draw, whatever it says."""
    from p2c.reports.outcome import to_json
    from p2c.reports.render import draw, form_of, line_of_report, place_of, usual_form
    from p2c.reports.stored import foreign

    form = form_of(form, file, usual_form(places))
    file = file or place_of(places, form)
    text, data = draw(places, form)
    for said in foreign(places):
        console.say(said)
    if file is not None:
        state_folder.write_file(file, text.encode("utf-8", "backslashreplace"))
        console.say(line_of_report(data))
        console.say(f"Wrote {file}")
    if console.as_json or file is None:
        sys.stdout.write(to_json(data) if console.as_json else text)
    return 0


def strategies(session: Session, written: str = "") -> tuple[Strategy, ...]:
    """Return all strategies in the order they are tried: fixers, the releases of the code's own day (`written` is
    that of its last commit), then the debugger where there is a model.
    """
    from p2c.repair.debugger import debug_options, make_debugger
    from p2c.repair.fixers import FIXERS
    from p2c.repair.release_dates import make_era

    plain = (*FIXERS, make_era(session, written))
    if session.model is None:
        return plain
    return (*plain, make_debugger(session, debug_options(session)))


def settings_of(flags: dict[str, Any]) -> Settings:
    """Return the settings that these flags, the environment and the files come to."""
    return resolve(flags, os.environ, Path.cwd(), user_file())[0]


def paper_from(source: str, password: str, settings: Settings, main: str = "") -> Paper:
    """Read a paper of any form; `main` names the main file of a folder or an archive."""
    from p2c.generator.readers import ReadOptions, read_paper

    cache = Path(settings.cache) / "arxiv" if settings.cache else None
    return read_paper(source, ReadOptions(password, cache, settings.arxiv_url, settings.arxiv_pause, main=main))


def figures_of(paper: Paper, asked: BuildFlags, settings: Settings) -> tuple[tuple[str, str], ...]:
    """Return caption and image of each figure, where figures are shown."""
    if not settings.figures:
        return ()
    from p2c.generator.readers.local_files import figure_images

    return tuple((f"{f.label}: {f.caption}", url) for f, url in figure_images(paper, password=asked.password))


def about_run(command: str, title: str, settings: Settings) -> dict[str, Any]:
    """What the journal says of a run at its start."""
    limits = settings.limits
    names = {"command": command, "title": title, "sandbox": settings.sandbox, "model": settings.model}
    return {**names, "usd": limits.usd, "tokens": limits.tokens, "minutes": limits.minutes}


def python_of(folder: Path, runs: tuple[str, ...]) -> str:
    """Return the version of Python that a folder asks for."""
    from p2c.executor.entry_points import discover
    from p2c.repository_files import read

    return discover(read(folder), runs).python


def _last_commit(root: Path) -> str:
    """The day of the newest commit that is no repair's own; '' without git."""
    return folder_status.last_change(root, without="^Patch by ")


def _read_logs(logs: tuple[Path, ...]) -> str:
    for path in logs:
        if not path.is_file():
            raise InputError(f"the log {str(path)!r} does not exist")
    return redact("\n".join(path.read_text(encoding="utf-8", errors="replace") for path in logs))


def require_folder(folder: Path) -> Path:
    """Return the folder; raise InputError for what is none."""
    if not folder.is_dir():
        raise InputError(f"{str(folder)!r} is not a folder", "Name the folder of a repository.")
    return folder

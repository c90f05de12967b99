"""`p2c plan`: the plan of a repository, written to files that a person may edit before `p2c build` continues."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from p2c import git_history, state_folder
from p2c.budget import Budget
from p2c.commands.build import BuildFlags, figures_of, paper_from, settings_of
from p2c.commands.console import Console
from p2c.commands.plan_files import FOLDER, read_plan_files, write_plan_files
from p2c.commands.questions import decider
from p2c.commands.session import find_model, model_options
from p2c.errors import UsageError
from p2c.generator.figure_descriptions import describe_figures
from p2c.generator.paper import Paper
from p2c.generator.plan import Plan
from p2c.generator.planning import PlanOptions, walk_plan
from p2c.generator.planning.edited import step_text
from p2c.journal import Journal
from p2c.models import equip_model
from p2c.models.recordings import REPLIES
from p2c.sandboxes.base import Sandbox
from p2c.session import Session
from p2c.settings import Settings
from p2c.state_folder import StateFolder, StateSubfolder


def run_plan(console: Console, paper: str, **flags: Any) -> int:
    """Plan, write `plan/`, and say what to do next; the exit code is 0."""
    own = {name: flags.pop(name) for name in ("root", "force", "ask")}
    asked = BuildFlags(**own, password=flags.pop("password") or "", main=flags.pop("main", None) or "")
    settings = settings_of(flags)
    read = paper_from(paper, asked.password, settings, asked.main)
    for note in read.notes:
        console.say(f"{paper}: {note}")
    plan, folder, document = plan_paper(console, read, asked, settings)
    if console.as_json:
        from p2c.reports.outcome import to_json

        sys.stdout.write(to_json(document))
    elif not console.quiet:
        print(f"Planned {len(plan.files)} files; {len(plan.criteria)} criteria, {len(plan.decisions)} open questions.")
        print(f"The plan is in {folder}. Read it, edit it, then continue: p2c build {paper} -o {asked.root}")
    return 0


def plan_paper(
    console: Console, paper: Paper, asked: BuildFlags, settings: Settings
) -> tuple[Plan, Path, dict[str, Any]]:
    """Return the plan, the folder that it was written to, and the document that `--json` prints.

    Nothing is run, so there is no sandbox. What was paid for is kept: the build that continues takes it from there.
    """
    root, about = asked.root, {"paper": paper.id, "title": paper.title}
    find_model(settings, Journal(), console.say)  # before anything is made
    state_folder.refuse_output(root, about, asked.force)
    if read_plan_files(root) and not asked.force:
        raise UsageError(
            f"{str(root / FOLDER)!r} already holds a plan",
            f"Continue with p2c build, delete {FOLDER}/ to plan again, or use --force to overwrite it.",
        )
    with state_folder.alone(root, settings.patience, console.say):
        state_folder.open_output(root, about, asked.force)
        git_history.exclude_state(root)
        with _planning(console, root, settings) as session:
            session.journal.note("run.started", command="plan", title=paper.title, model=settings.model)
            shown = describe_figures(paper, figures_of(paper, asked, settings), session)
            options = PlanOptions(settings.criteria, decide=decider(console, root, asked.ask))
            steps = list(walk_plan(shown, session, options=options))
            folder = write_plan_files(root, {step.name: step_text(step.name, plan) for step, plan in steps})
            spent, seconds = session.budget.spent, session.budget.seconds
            session.journal.note("run.ended", verdict="planned", why=f"the plan is in {folder}")
    plan = steps[-1][1]
    document = {
        "plan": str(folder),
        "files": [spec.path for spec in plan.files],
        "criteria": len(plan.criteria),
        "open_points": list(plan.open_points),
        "usage": {
            name: getattr(spent, name) for name in ("calls", "prompt_tokens", "cached_tokens", "completion_tokens")
        }
        | {"usd": spent.usd if spent.calls else 0.0},
        "seconds": round(seconds, 3),
    }
    return plan, folder, document


@contextmanager
def _planning(console: Console, root: Path, settings: Settings) -> Iterator[Session]:
    """Give a session in which a model can be asked and nothing can be run."""
    with console.working(root / state_folder.STATE / "journal.jsonl", settings.limits) as journal:
        budget = Budget(settings.limits)
        replies = StateSubfolder(StateFolder(root), REPLIES)
        bare = find_model(settings, journal, console.say)
        model = equip_model(bare, replies, budget, journal, model_options(settings))
        yield Session(model, cast(Sandbox, None), journal, budget)

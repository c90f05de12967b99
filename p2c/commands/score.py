"""`p2c score`: a folder is read against its paper, judged, and the score filed beside the report."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from p2c import state_folder
from p2c.budget import Budget
from p2c.commands.build import paper_from, settings_of
from p2c.commands.console import Console
from p2c.commands.session import context_of, find_model, model_options
from p2c.errors import ContextError, InputError, UsageError
from p2c.git import folder_status
from p2c.journal import Journal
from p2c.models import equip_model
from p2c.models.recordings import REPLIES
from p2c.settings import Settings
from p2c.state_folder import StateFolder, StateSubfolder

if TYPE_CHECKING:
    from p2c.scoring.score import ScoreForms, ScoreRequest

SCORE = "score.json"
JOURNAL = "score.jsonl"
"""Apart from the journal of builds and repairs, whose story the report tells."""


def run_score(console: Console, root: Path, paper: str, **flags: Any) -> int:
    """Score the repository in `root` against `paper`; returns 0, or 1 where no reply was usable."""
    from p2c.scoring.score import ScoreForms, ScoreRequest

    reference = flags.pop("reference")
    main = flags.pop("main", "") or ""
    own = {name: flags.pop(name) for name in ("samples", "rubric", "with_rubric")}
    if own["rubric"] is not None and not own["with_rubric"]:
        raise UsageError("--rubric and --no-rubric exclude each other", "Use one of them.")
    forms = ScoreForms(**{name: flags.pop(name) for name in ("paperbench", "extra", "mixed", "judge_samples")})
    _refuse_forms(forms, own["with_rubric"], reference is not None)
    settings = settings_of(flags)
    _folder(root, "the repository")
    if reference is not None:
        _folder(reference, "the reference")
        if reference.resolve() == root.resolve():
            raise UsageError("the reference is the repository itself", "Name the authors' code with --reference.")
    read = paper_from(paper, "", settings, main)
    for note in read.notes:
        console.say(f"{paper}: {note}")
    if settings.temperature == 0 and max(own["samples"], forms.judge_samples) > 1:
        console.say("the temperature is 0: the samples will hardly differ, so the spread is meaningless")
    request = ScoreRequest(root, read, reference, **own, context=settings.context, forms=forms)
    document = score_folder(console, request, settings)
    _tell(console, document)
    return 0 if document["valid"] else 1


def _refuse_forms(forms: ScoreForms, with_rubric: bool, with_reference: bool) -> None:
    """Refuse what would have no effect."""
    judging = {"--paperbench": forms.paperbench, "--mixed": forms.mixed, "--judge-samples": forms.judge_samples > 1}
    asked = next((name for name, given in judging.items() if given), "")
    if asked and not with_rubric:
        raise UsageError(f"{asked} is about the rubric, and --no-rubric leaves it out", "Use one of them.")
    if forms.mixed and not with_reference:
        raise UsageError("--mixed needs the authors' code", "Name it with --reference.")


def score_folder(console: Console, request: ScoreRequest, settings: Settings) -> dict[str, Any]:
    """Score a folder, file `score.json` in its `.p2c/` and draw its report anew; returns the document.

    Nothing of the repository is run, so there is no sandbox. Raises InputError, ModelError, BudgetExceededError;
    replies that were paid for are kept, and the same request goes on from them.
    """
    from p2c.scoring.outcome import score_document
    from p2c.scoring.score import read_material, score

    root = request.root
    find_model(settings, Journal(), console.say)  # before anything is made
    material = read_material(request)
    if (root / ".git").exists():
        _refuse_foreign_state(root)
    with (
        state_folder.alone(root, settings.patience, console.say),
        console.working(root / state_folder.STATE / JOURNAL, settings.limits) as journal,
    ):
        journal.note("run.started", command="score", title=request.paper.title, model=settings.model)
        model, budget = find_model(settings, journal, console.say), Budget(settings.limits)
        replies = StateSubfolder(StateFolder(root), REPLIES)
        request = _within(request, context_of(model, settings), journal)
        judge = equip_model(model, replies, budget, journal, model_options(settings))
        try:
            done = score(request, material, judge, journal)
        except ContextError as error:
            less = "Or set P2C_CONTEXT to the model's context size in tokens; p2c then shows less code."
            raise ContextError(error.message, f"{error.hint}\n{less}".strip()) from error
        document = score_document(done, _about(request, settings), budget.spent, budget.seconds)
        journal.note("run.ended", verdict=document["verdict"], why=document["why"], mean=document["mean"])
        state_folder.write_state(root, SCORE, document)
        _draw(root)
    return document


def _within(request: ScoreRequest, context: int | None, journal: Journal) -> ScoreRequest:
    """Return the request with the paper as far as the model can be shown it; without room it stays whole."""
    from p2c.generator.paper_excerpt import FittedPaper, fit_paper
    from p2c.scoring.prompt_prefix import has_room, opening

    fitted = FittedPaper(request.paper)
    if not has_room(opening(request.paper), context):
        with suppress(ContextError):
            fitted = fit_paper(request.paper, context)
    if fitted.said:
        journal.note("paper.shortened", why=fitted.said)
    return replace(request, paper=fitted.paper, context=context)


def _about(request: ScoreRequest, settings: Settings) -> dict[str, Any]:
    return {
        "title": request.paper.title,
        "paper": request.paper.id,
        "repository": request.root.resolve().name,
        "reference": request.reference.resolve().name if request.reference else None,
        "model": settings.model,
        "temperature": settings.temperature,
        "form": "extra" if request.forms.extra else "plain",
        "mixed": request.forms.mixed,
    }


def _refuse_foreign_state(root: Path) -> None:
    """Replies, a rubric or a report that came with the repository would be its author's word on its own score."""
    shipped = sorted(path for path in folder_status.tracked(root) or () if path.split("/")[0] == state_folder.STATE)
    if shipped:
        raise InputError(
            f"{str(root)!r} has p2c state committed to git ({shipped[0]})",
            f"Remove it from there to score the repository: git rm -r --cached {state_folder.STATE}, "
            "then delete the folder.",
        )


def _draw(root: Path) -> None:
    """Draw the report of the build or repair anew, with the score in it; a folder without one has none."""
    from p2c.reports.render import draw

    if StateFolder(root).read("report.json") is None:
        return
    try:
        page, _ = draw((root,), "html")
    except InputError:
        return  # a report that is damaged is told of in the score's notes
    state_folder.write_text(root, "report.html", page)


def _tell(console: Console, document: dict[str, Any]) -> None:
    from p2c.reports.outcome import to_json
    from p2c.scoring.text_table import print_score

    if console.as_json:
        sys.stdout.write(to_json(document))
    elif not console.quiet:
        print_score(document, sys.stdout)


def _folder(folder: Path, what: str) -> None:
    if not folder.is_dir():
        raise InputError(f"{what} {str(folder)!r} is not a folder", "Name the folder of a repository.")

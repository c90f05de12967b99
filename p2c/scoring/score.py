"""One score: the critics' samples, the rubric's verdicts, what was computed, and what all of them were shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from p2c import state_folder
from p2c.errors import InputError
from p2c.generator.paper import Paper
from p2c.generator.quote_check import QuoteIndex
from p2c.journal import Journal
from p2c.models.base import Message, Model
from p2c.models.recordings import forget_stage
from p2c.repo import Repo
from p2c.repository_files import read
from p2c.scoring import critics, judging, rubric_generation
from p2c.scoring.absence import absent_text, implements_nothing, tree_text
from p2c.scoring.context_selection import Selection
from p2c.scoring.critics import CriticFacts, Critiques
from p2c.scoring.file_ranking import code_of, is_vendored
from p2c.scoring.forms import code_development, most_frequent
from p2c.scoring.judging import ItemVerdict, JudgeContext
from p2c.scoring.metrics import Metrics, checks_text, compute
from p2c.scoring.prompt_injection import InjectionFinding, find_addressed
from p2c.scoring.prompt_prefix import opening, room_of, select_both
from p2c.scoring.rubric import RubricItem, read_rubric, rubric_to_data, unquoted
from p2c.state_folder import StateFolder

RUBRIC = "rubric.json"
"""In p2c's own folder: the rubric that was drawn. An edited one is used where --rubric names it."""
STRANGE = 0.5
"""The share of quotations that the paper must have for a stored rubric to be taken as this paper's."""


@dataclass(frozen=True)
class ScoreForms:
    """How others score. `paperbench`: items are met or not, and only those of code count. `extra`: critics see the file
    tree with counts (Paper2Code-Extra). `mixed`: the rubric's judge sees the reference, too. `judge_samples`: how often
    each item is judged."""

    paperbench: bool = False
    extra: bool = False
    mixed: bool = False
    judge_samples: int = 1


@dataclass(frozen=True)
class ScoreRequest:
    """What to score: a folder against a paper, with the authors' code where it is known.

    `rubric` is a file that is used as it is; `context` is how many tokens the model reads, None where nobody said.
    """

    root: Path
    paper: Paper
    reference: Path | None = None
    samples: int = 8
    rubric: Path | None = None
    with_rubric: bool = True
    context: int | None = None
    forms: ScoreForms = field(default_factory=ScoreForms)


@dataclass(frozen=True)
class ScoredRubric:
    """A rubric with the verdicts on its leaves, and where it is from.

    `samples` are the verdicts of each time that it was judged, `judged` what they come to. `strict`: as in PaperBench,
    an item that nobody judged is not met.
    """

    rubric: RubricItem
    judged: Mapping[str, ItemVerdict]
    origin: str
    samples: tuple[Mapping[str, ItemVerdict], ...] = ()
    strict: bool = False


@dataclass(frozen=True)
class Score:
    """What came out; `marked` is None where no rubric was asked for, or none could be drawn. `notes` are for people."""

    critiques: Critiques
    marked: ScoredRubric | None
    computed: Metrics
    addressed: tuple[InjectionFinding, ...]
    shown: Selection
    reference: Selection | None = None
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class ScoringInputs:
    """What is judged, read and checked before any model is asked."""

    repo: Repo
    reference: Repo | None
    computed: Metrics
    addressed: tuple[InjectionFinding, ...]


def read_material(request: ScoreRequest) -> ScoringInputs:
    """Read the folders and compute what needs no model; raises InputError for one that is none, or has no code."""
    repo = _read(request.root, "the repository", needs_code=False)
    reference = _read(request.reference, "the reference") if request.reference else None
    own = {path: text for path, text in repo.files.items() if not is_vendored(path)}
    computed = compute(request.root, repo, request.paper.text)
    return ScoringInputs(repo, reference, computed, find_addressed(own))


def score(request: ScoreRequest, material: ScoringInputs, model: Model, journal: Journal) -> Score:
    """Ask the critics and the judge; raises ModelError and BudgetExceededError, what was paid for being kept.

    Replies of a stage that came to nothing are set aside, so that the same command asks anew.
    """
    nothing = implements_nothing(material.repo)
    if nothing:
        return _nothing(request, material, nothing)
    begin, forms = opening(request.paper), request.forms
    ours, theirs = select_both(material.repo, material.reference, room_of(begin, request.context))
    notes: list[str] = []
    rubric = _rubric(request, begin, model, journal, notes) if request.with_rubric else None
    journal.note("stage.started", stage="critics")
    facts = CriticFacts(
        absent_text(material.repo, material.computed),
        tree_text(material.repo, material.computed) if forms.extra else "",
    )
    said = critics.criticise(model, critics.critic_prompt(begin, ours, theirs, facts), request.samples, journal)
    if not said.valid:
        forget_stage(StateFolder(request.root), critics.STAGE)
    marked = None
    if rubric is not None:
        journal.note("stage.started", stage="judging")
        checks = checks_text(material.computed.smoke)
        judge_context = JudgeContext(
            begin, ours, checks, strict=forms.paperbench, reference=theirs if forms.mixed else None
        )
        marked = _marked(model, judge_context, rubric, forms.judge_samples, journal)
    if said.distinct == 1 and len(said.valid) > 1:
        notes.append("all usable replies are identical, so the spread is meaningless (is the temperature 0?)")
    return Score(said, marked, material.computed, material.addressed, ours, theirs, tuple(notes))


def _marked(
    model: Model,
    judge_context: JudgeContext,
    rubric_with_origin: tuple[RubricItem, str],
    samples: int,
    journal: Journal,
) -> ScoredRubric:
    rubric = code_development(rubric_with_origin[0]) if judge_context.strict else rubric_with_origin[0]
    judged = tuple(judging.judge(model, judge_context, rubric, journal) for _ in range(samples))
    return ScoredRubric(rubric, most_frequent(judged), rubric_with_origin[1], judged, judge_context.strict)


def _nothing(request: ScoreRequest, material: ScoringInputs, why: str) -> Score:
    """Return the score of a repository in which nothing is implemented; a rubric that is there is not met."""
    notes: list[str] = []
    marked = None
    given = _given_rubric(request, QuoteIndex(request.paper.text), notes) if request.with_rubric else None
    if given is not None:
        rubric = code_development(given[0]) if request.forms.paperbench else given[0]
        verdicts = {leaf.id: ItemVerdict(leaf, "not", why) for leaf in rubric.leaves()}
        marked = ScoredRubric(rubric, verdicts, given[1], (verdicts,), request.forms.paperbench)
    shown = Selection("repository", "", 0, ())
    reference = Selection("reference", "", 0, ()) if request.reference else None
    said = critics.computed_critique(why)
    return Score(said, marked, material.computed, material.addressed, shown, reference, tuple(notes))


def _rubric(
    request: ScoreRequest, begin: tuple[Message, ...], model: Model, journal: Journal, notes: list[str]
) -> tuple[RubricItem, str] | None:
    """Return the rubric and where it is from: the file that was given, the folder's own, or the paper."""
    paper = QuoteIndex(request.paper.text)
    given = _given_rubric(request, paper, notes)
    if given is not None:
        return given
    journal.note("stage.started", stage="rubric")
    drafted, why = rubric_generation.draw_rubric(model, begin, request.paper.text, journal)
    if drafted is None:
        forget_stage(StateFolder(request.root), rubric_generation.STAGE)
        notes.append(f"no rubric could be generated: {why}")
        return None
    about = {"title": request.paper.title, "paper": request.paper.id}
    state_folder.write_state(request.root, RUBRIC, rubric_to_data(drafted, about))
    return drafted, "drawn from the paper"


def _given_rubric(request: ScoreRequest, paper: QuoteIndex, notes: list[str]) -> tuple[RubricItem, str] | None:
    own = request.root / state_folder.STATE / RUBRIC
    entry = StateFolder(request.root).look(RUBRIC) if request.rubric is None else None
    if request.rubric is None and entry is None:
        return None
    if entry is not None and not entry.ours:
        raise InputError(
            f"{str(own)!r} was edited or was not written by p2c",
            "Name it with --rubric to use it unchanged, or delete it to generate a new one.",
        )
    rubric = read_rubric(request.rubric) if request.rubric else read_rubric(own, entry.data if entry else b"")
    missing = unquoted(rubric, paper)
    quoted = sum(bool(leaf.quote) for leaf in rubric.leaves())
    if request.rubric is None and quoted and len(missing) > STRANGE * quoted:
        raise InputError(
            f"{str(own)!r} quotes another paper ({len(missing)} of {quoted} quotations are not in this one)",
            "Delete it to generate a new one, or name it with --rubric to use it anyway.",
        )
    if missing:
        notes.append(f"the paper does not contain the quotations of these items: {', '.join(missing[:20])}")
    return rubric, request.rubric.name if request.rubric else f"{state_folder.STATE}/{RUBRIC}"


def _read(root: Path, what: str, needs_code: bool = True) -> Repo:
    repo = read(root)
    if not repo.files and not repo.assets:
        raise InputError(f"{what} {str(root)!r} is empty")
    if needs_code and not code_of(repo):
        raise InputError(f"{what} {str(root)!r} contains no code", "Name the folder with the source files.")
    return repo

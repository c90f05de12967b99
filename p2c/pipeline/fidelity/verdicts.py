"""Criteria judged on one state of a repository, with evidence that is there and was executed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from p2c.executor.executed_lines import ExecutedLines
from p2c.executor.report import Finding, Report
from p2c.generator.criteria import Criterion
from p2c.generator.paper import Paper
from p2c.journal import Journal
from p2c.models.base import Model
from p2c.pipeline.fidelity.criteria_source import as_rubric
from p2c.repair.fidelity.outcome import CriterionVerdict
from p2c.repo import Repo
from p2c.scoring import judging
from p2c.scoring.context_selection import Selection
from p2c.scoring.judging import CREDITS, ItemVerdict, JudgeContext
from p2c.scoring.prompt_prefix import opening, room_of, select_both

DEAD = "dead evidence"


@dataclass(frozen=True)
class Judgement:
    """What is said of one criterion: the judge's verdict, and whether lines that it cites were executed."""

    criterion: Criterion
    verdict: ItemVerdict | None
    executed: bool | None = None

    @property
    def is_dead(self) -> bool:
        """It would be met, but no smoke command and no test executes what shows it."""
        return self.executed is False and self.verdict is not None and self.verdict.verdict == "met"

    @property
    def status(self) -> CriterionVerdict:
        """A verdict without a line that holds is worth nothing; one on lines that nothing executes, half."""
        if self.verdict is None:
            return "not judged"
        if not self.verdict.is_proven:
            return "not"
        return "partly" if self.is_dead else self.verdict.verdict

    @property
    def credit(self) -> float:
        """0 to 1."""
        return {**CREDITS, "not judged": 0.0}.get(self.status, 0.0)

    @property
    def why(self) -> str:
        """What the judge says, and what is known of the run."""
        said = self.verdict.why if self.verdict else "no usable verdict"
        dead = f"{DEAD}: no smoke command and no test executes the lines that show it"
        return f"{said.rstrip('. ')}. {dead}" if self.is_dead else said

    @property
    def evidence(self) -> tuple[str, ...]:
        """The cited lines that are there."""
        return tuple(str(place) for place in self.verdict.evidence) if self.verdict else ()

    def finding(self, owner: str | None) -> Finding:
        """Return it as a finding that does not gate, at the cited line or at the file that owns the criterion."""
        place = self.verdict.evidence[0] if self.verdict and self.verdict.evidence else None
        rule, requirement = self.criterion.id, self.criterion.requirement
        return Finding(
            "fidelity",
            rule,
            f"{self.status}: {requirement}",
            place.path if place else owner,
            place.start if place else None,
            gates=False,
            detail=f"{self.criterion.section}: “{self.criterion.quote}”\n{self.why}",
        )


def share_of(judgements: Sequence[Judgement]) -> float | None:
    """Return the weighted mean credit of those that were judged; None where none was."""
    judged = [judgement for judgement in judgements if judgement.verdict is not None]
    total = sum(judgement.criterion.weight for judgement in judged)
    return sum(judgement.criterion.weight * judgement.credit for judgement in judged) / total if total else None


def disagreement(first: Mapping[str, Judgement], second: Mapping[str, Judgement]) -> float | None:
    """Return how far two samples on the same state differ: the weighted mean difference of credits, 0 to 1."""
    pairs = [(judgement, second[name]) for name, judgement in first.items() if name in second]
    both = [
        (judgement, other) for judgement, other in pairs if judgement.verdict is not None and other.verdict is not None
    ]
    total = sum(judgement.criterion.weight for judgement, _ in both)
    return (
        sum(judgement.criterion.weight * abs(judgement.credit - other.credit) for judgement, other in both) / total
        if total
        else None
    )


@dataclass(frozen=True)
class CriteriaJudge:
    """Who judges: a model, which is shown the paper and as much of the repository as it reads, and what was executed.

    Every call is one more independent sample.
    """

    model: Model
    paper: Paper
    journal: Journal
    lines: Callable[[Repo], ExecutedLines]
    context: int | None = None
    notes: list[str] = field(default_factory=list)
    """What was not known of the lines that were executed, for people."""

    def judge(self, repo: Repo, report: Report, criteria: Sequence[Criterion], stage: str) -> dict[str, Judgement]:
        """Return what is said of each criterion. Raises ModelError, BudgetExceededError, and UsageError where the
        paper alone fills what the model reads."""
        if not criteria:
            return {}
        begin = opening(self.paper)
        shown, _ = select_both(repo, None, room_of(begin, self.context))
        judge_context = JudgeContext(begin, shown, _checks(report), stage)
        said = judging.judge(self.model, judge_context, as_rubric(criteria), self.journal)
        executed = self.lines(repo)
        self.notes.extend(executed.notes)
        judged = {
            criterion.id: Judgement(criterion, verdict, _executed(verdict, shown, executed))
            for criterion in criteria
            for verdict in [said.get(criterion.id)]
        }
        counts = {
            status: sum(judgement.status == status for judgement in judged.values())
            for status in ("met", "partly", "not")
        }
        self.journal.note("criteria.judged", stage=stage, repo=repo.digest[:12], criteria=len(judged), **counts)
        return judged


def _executed(verdict: ItemVerdict | None, shown: Selection, executed: ExecutedLines) -> bool | None:
    """Whether one of the cited pieces was executed; where none was, False needs one of which that is known."""
    places = verdict.evidence if verdict else ()
    known = [executed.ran(place.path, shown.sources[place.path], place.start, place.end) for place in places]
    return True if True in known else False if False in known else None


def _checks(report: Report) -> str:
    """What the judge is told of the checks: words that no clock and no machine changes."""
    rows = [f"verdict: {report.verdict}", *(f"{result.check}: {result.status}" for result in report.results)]
    return "\n".join(rows)

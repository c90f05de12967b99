"""What the fidelity loop came to: each criterion with its status, evidence and proof, and why the loop ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from p2c.generator.criteria import Criterion

CriterionVerdict = Literal["met", "partly", "not", "assumed", "disputed", "not judged"]
FidelityStop = Literal["complete", "no-progress", "rounds", "budget", "noise", "context", "not-running", "no-criteria"]
"""complete: no criterion is open; no-progress: two rounds kept no patch; rounds: all of --refine-rounds are used;
budget: the loop's slice is spent; noise: the sealed share fell by more than the judge differs from itself;
context: the paper and the repository are too large for the model; not-running: there was no proved `runs` to start
from; no-criteria: none could be drawn from the paper."""


@dataclass(frozen=True)
class CriterionResult:
    """One criterion in the state that was delivered.

    `assumed`: it is met, and the paper only implies it. `disputed`: an independent sample upheld that it can't be met
    by a change (`why` says so). `not judged`: no usable verdict. A sealed one is judged, and never worked for.
    """

    criterion: Criterion
    status: CriterionVerdict
    why: str = ""
    evidence: tuple[str, ...] = ()
    """`path:start-end` lines of the delivered state that the judge cited and that are there."""
    executed: bool | None = None
    """Whether a smoke command or a test executed one of the cited lines; None: there was no coverage to tell."""
    test: str = ""
    """The node id of a test that failed before the kept patch and passes since; '' where none shows it."""
    commit: str = ""
    """The commit of the patch that was kept for it; '' where none was."""
    before: CriterionVerdict = "not judged"
    """Its status when the loop began."""
    tries: int = 0
    """How many patches were tried for it."""


@dataclass(frozen=True)
class Dispute:
    """A reason why a criterion should not be worked for, and whether an independent sample upheld it."""

    id: str
    reason: str
    upheld: bool


@dataclass(frozen=True)
class FidelityResult:
    """What the loop came to. `sealed_share` is 0 to 1, weighted, of the delivered state; `noise` is how far two
    samples of the same judge differed at the start; both None where nothing sealed was judged twice."""

    criteria: tuple[CriterionResult, ...] = ()
    sealed_share: float | None = None
    noise: float | None = None
    sealed_before: float | None = None
    rounds: int = 0
    stop: FidelityStop = "complete"
    why: str = ""
    disputes: tuple[Dispute, ...] = ()
    kept: int = 0
    """Patches that were kept in the delivered state."""
    notes: tuple[str, ...] = field(default=())
    """What was not done, for people: coverage that could not be had, replies that were not usable."""

    @property
    def open(self) -> tuple[CriterionResult, ...]:
        """The criteria that are not sealed."""
        return tuple(result for result in self.criteria if not result.criterion.sealed)

    def to_data(self) -> dict[str, Any]:
        """Return the document's `fidelity`."""
        return {
            "criteria": [_row(result) for result in self.criteria],
            "sealed_share": _rounded(self.sealed_share),
            "noise": _rounded(self.noise),
            "sealed_before": _rounded(self.sealed_before),
            "rounds": self.rounds,
            "stop": self.stop,
            "why": self.why,
            "kept": self.kept,
            "disputes": [
                {"id": dispute.id, "reason": dispute.reason, "upheld": dispute.upheld} for dispute in self.disputes
            ],
            "notes": list(self.notes),
        }


def _row(result: CriterionResult) -> dict[str, Any]:
    item = result.criterion
    return {
        "id": item.id,
        "requirement": item.requirement,
        "status": result.status,
        "evidence": list(result.evidence),
        "executed": result.executed,
        "before": result.before,
        "why": result.why,
        "test": result.test,
        "commit": result.commit,
        "tries": result.tries,
        "kind": item.kind,
        "section": item.section,
        "quote": item.quote,
        "weight": item.weight,
        "sealed": item.sealed,
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)

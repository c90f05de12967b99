"""What a small run must show: whether a method learns, and at least one claim of the paper, over the run's metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Claim:
    """For one experiment: the metric and its trivial predictor's, and a relation between metrics that the paper claims.

    `metric` and `trivial` are dotted keys of the run's metrics JSON; `predictor` says what is trivial (mean, majority,
    random policy, identity). `shows` relates dotted keys: `gru.error < lstm.error`, `loss.last < 0.5 * loss.first`;
    `why` is the paper's sentence.
    """

    experiment: str
    metric: str
    better: Literal["lower", "higher"]
    trivial: str
    predictor: str
    shows: tuple[str, ...] = ()
    why: str = ""

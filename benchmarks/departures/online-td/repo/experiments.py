"""The grids behind Tables 1 and 2."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chain import one_hot, tiles, true_values, walk
from traces import METHODS, Learner

Array = NDArray[np.float64]


def rmse(theta: Array, features: Array, truth: Array) -> float:
    """Root mean squared error over the non-terminal states."""
    estimates = features[1:-1] @ theta
    return float(np.sqrt(np.mean((estimates - truth) ** 2)))


def run(method: str, features: Array, alpha: float, lam: float, config: dict[str, Any], seed: int) -> float:
    """The error at the end of each episode, averaged over the episodes of one run."""
    rng = np.random.default_rng(seed)
    truth = true_values(config["states"])
    learner = Learner(method, features.shape[1], alpha, lam, config["gamma"])
    errors: list[float] = []
    for _ in range(config["episodes"]):
        learner.begin()
        for state, reward, following in walk(config["states"], rng):
            learner.step(features[state], reward, features[following])
        errors.append(rmse(learner.theta, features, truth))
    return float(np.mean(errors))


def best(method: str, features: Array, lam: float, config: dict[str, Any], divisor: float) -> float:
    """The best error over the step sizes, each averaged over the runs; runs that diverge count as infinite."""
    scores: list[float] = []
    for alpha in config["alphas"]:
        with np.errstate(over="ignore", invalid="ignore"):
            errors = [run(method, features, alpha / divisor, lam, config, seed) for seed in range(config["runs"])]
        mean = float(np.mean(errors))
        scores.append(mean if np.isfinite(mean) else float("inf"))
    return min(scores)


def table(features: Array, config: dict[str, Any], divisor: float) -> dict[str, dict[str, float]]:
    """Method -> lambda -> best error."""
    return {
        method: {str(lam): best(method, features, lam, config, divisor) for lam in config["lambdas"]}
        for method in METHODS
    }


def all_tables(config: dict[str, Any]) -> dict[str, dict[str, dict[str, float]]]:
    """Table 1 with one-hot features, Table 2 with tiles and the step size divided by their number."""
    active = config["active_tiles"]
    return {
        "table_1": table(one_hot(config["states"]), config, 1.0),
        "table_2": table(tiles(config["states"], active), config, float(active)),
    }

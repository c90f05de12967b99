"""Tables 1 and 2: bias, acceptance and effective sample size."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from samplers import ALGORITHMS, sample
from targets import Banana, Gaussian, Target

Array = NDArray[np.float64]


def bias(samples: Array, truth: Array) -> float:
    """The mean relative error of the variances."""
    return float(np.mean(np.abs(samples.var(axis=0) - truth) / truth))


def effective(series: Array, cut: float) -> float:
    """The effective sample size per 1000 iterations (Eq. 7)."""
    centred = series - series.mean()
    power = float(np.mean(centred**2))
    if power == 0.0:
        return 0.0
    total = 0.0
    for lag in range(1, len(series) // 2):
        rho = float(np.mean(centred[:-lag] * centred[lag:])) / power
        if rho < cut:
            break
        total += rho
    return 1000.0 / (1.0 + 2.0 * total)


def row(algorithm: str, target: Target, config: dict[str, Any]) -> dict[str, float]:
    """The measures of one algorithm on one target."""
    chains = [
        sample(algorithm, target, config["step"], config["burn_in"], config["kept"], seed) for seed in config["seeds"]
    ]
    together = np.concatenate([chain.samples for chain in chains])
    return {
        "bias": bias(together, target.variances()),
        "acceptance": float(np.mean([chain.acceptance for chain in chains])),
        "effective": float(np.mean([effective(chain.samples[:, 0], config["cut"]) for chain in chains])),
    }


def all_tables(config: dict[str, Any]) -> dict[str, dict[str, dict[str, float]]]:
    """Table -> algorithm -> measures."""
    targets: dict[str, Target] = {
        "table_1": Gaussian(config["dimension"], config["largest_precision"]),
        "table_2": Banana(),
    }
    return {name: {algorithm: row(algorithm, target, config) for algorithm in ALGORITHMS} for name, target in targets.items()}

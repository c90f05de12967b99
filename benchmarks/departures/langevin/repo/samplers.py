"""ULA, MALA and random-walk Metropolis with adaptation of the step (Section 2)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from targets import Target

Array = NDArray[np.float64]
ALGORITHMS = ("ula", "mala", "rwm")
WANTED = {"mala": 0.574, "rwm": 0.234}


@dataclass(frozen=True)
class Chain:
    """Kept samples (n, d), the acceptance rate over them, and the step that was used."""

    samples: Array
    acceptance: float
    step: float


def log_q(to: Array, start: Array, gradient: Array, h: float) -> float:
    """The log density of a Langevin proposal, up to a constant (Eq. 2)."""
    return -float(np.sum((to - start + h * gradient) ** 2)) / (4.0 * h)


def proposal(algorithm: str, target: Target, x: Array, h: float, rng: np.random.Generator) -> tuple[Array, float]:
    """The proposed point and its acceptance probability."""
    noise = math.sqrt(2.0 * h) * rng.standard_normal(target.dimension)
    if algorithm == "rwm":
        new = x + noise  # Eq. 3
        return new, math.exp(min(0.0, target.potential(x) - target.potential(new)))
    gradient = target.gradient(x)
    new = x - h * gradient + noise  # Eq. 1
    if algorithm == "ula":
        return new, 1.0
    ratio = target.potential(x) - target.potential(new)
    ratio += log_q(x, new, target.gradient(new), h) - log_q(new, x, gradient, h)  # Eq. 2
    return new, math.exp(min(0.0, ratio))


def sample(algorithm: str, target: Target, h: float, burn_in: int, kept: int, seed: int) -> Chain:
    """Run one chain from zero."""
    rng = np.random.default_rng(seed)
    x: Array = np.zeros(target.dimension)
    samples = np.empty((kept, target.dimension))
    accepted = 0
    for k in range(1, burn_in + kept + 1):
        new, probability = proposal(algorithm, target, x, h, rng)
        moved = rng.random() < probability
        x = new if moved else x
        if k <= burn_in:
            if algorithm in WANTED:
                h = math.exp(math.log(h) + k**-0.6 * (probability - WANTED[algorithm]))  # Eq. 4
        else:
            samples[k - burn_in - 1] = x
            accepted += moved
    return Chain(samples, accepted / kept, h)

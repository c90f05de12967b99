"""The data of Section 2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """Inputs (n, d) and responses (n,)."""

    x: Array
    y: Array


def draw(n: int, d: int, rng: np.random.Generator) -> Sample:
    """n points of Eq. 1."""
    x = rng.uniform(0.0, 1.0, size=(n, d))
    noise = rng.standard_normal(n)
    y = np.sin(2.0 * np.pi * x[:, 0]) + x[:, 1] + (0.1 + x[:, 0]) * noise
    return Sample(x, y)

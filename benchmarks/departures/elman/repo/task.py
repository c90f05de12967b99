"""The adding problem (Section 2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def batch(size: int, length: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Inputs of shape (size, length, 2) and targets (size,)."""
    x = np.zeros((size, length, 2))
    x[:, :, 0] = rng.uniform(0.0, 1.0, size=(size, length))
    half = length // 2
    first = rng.integers(0, half, size=size)
    second = rng.integers(half, length, size=size)
    rows = np.arange(size)
    x[rows, first, 1] = 1.0
    x[rows, second, 1] = 1.0
    return x, x[rows, first, 0] + x[rows, second, 0]


def baseline_error(targets: Array) -> float:
    """The error of predicting one."""
    return float(np.mean((targets - 1.0) ** 2))

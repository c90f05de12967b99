"""The two targets of Section 3: potential, gradient and true variances."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Target(Protocol):
    """A density proportional to exp(-U)."""

    dimension: int

    def potential(self, x: Array) -> float:
        """U(x)."""

    def gradient(self, x: Array) -> Array:
        """The gradient of U at x."""

    def variances(self) -> Array:
        """The true variance of each coordinate."""


class Gaussian:
    """Eq. 5."""

    def __init__(self, dimension: int, largest: float) -> None:
        self.dimension = dimension
        self.precision: Array = np.logspace(0.0, np.log10(largest), dimension)

    def potential(self, x: Array) -> float:
        """U(x)."""
        return 0.5 * float(np.sum(self.precision * x**2))

    def gradient(self, x: Array) -> Array:
        """The gradient of U at x."""
        return self.precision * x

    def variances(self) -> Array:
        """The inverse precisions."""
        return 1.0 / self.precision


class Banana:
    """Eq. 6."""

    dimension = 2

    def potential(self, x: Array) -> float:
        """U(x)."""
        return 0.5 * float(x[0] ** 2) + 0.5 * float((x[1] + 0.5 * x[0] ** 2 - 0.5) ** 2)

    def gradient(self, x: Array) -> Array:
        """The gradient of U at x."""
        bend = x[1] + 0.5 * x[0] ** 2 - 0.5
        return np.array([x[0] + bend * x[0], bend])

    def variances(self) -> Array:
        """1 and 1.5: x_2 adds the variance of half a squared normal."""
        return np.array([1.0, 1.5])

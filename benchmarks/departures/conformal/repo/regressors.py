"""Random Fourier features with ridge and quantile regression (Section 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Features:
    """z(x) = sqrt(2/D) cos(W x + b)."""

    def __init__(self, d: int, number: int, scale: float, rng: np.random.Generator) -> None:
        self.w: Array = rng.standard_normal((number, d)) / scale
        self.b: Array = rng.uniform(0.0, 2.0 * np.pi, size=number)
        self.number = number

    def __call__(self, x: Array) -> Array:
        """Features of shape (n, D)."""
        return np.asarray(np.sqrt(2.0 / self.number) * np.cos(x @ self.w.T + self.b))


class Ridge:
    """Least squares with an l2 penalty; the intercept is not penalised."""

    def __init__(self, features: Features, weight: float) -> None:
        self.features = features
        self.weight = weight
        self.beta: Array = np.zeros(features.number)
        self.intercept = 0.0

    def fit(self, x: Array, y: Array) -> Ridge:
        """Solve the normal equations on centred data."""
        z = self.features(x)
        z_mean, y_mean = z.mean(axis=0), float(y.mean())
        centred = z - z_mean
        gram = centred.T @ centred + self.weight * np.eye(z.shape[1])
        self.beta = np.linalg.solve(gram, centred.T @ (y - y_mean))
        self.intercept = y_mean - float(z_mean @ self.beta)
        return self

    def predict(self, x: Array) -> Array:
        """f(x), shape (n,)."""
        return np.asarray(self.features(x) @ self.beta + self.intercept)


def pinball(u: Array, tau: float) -> Array:
    """Eq. 4."""
    return np.asarray(np.maximum(tau * u, (tau - 1.0) * u))


class Quantile:
    """A linear quantile regressor on the features, by subgradient descent from zero."""

    def __init__(self, features: Features, tau: float, steps: int, rate: float) -> None:
        self.features = features
        self.tau = tau
        self.steps = steps
        self.rate = rate
        self.beta: Array = np.zeros(features.number)
        self.intercept = 0.0

    def fit(self, x: Array, y: Array) -> Quantile:
        """Minimise the mean pinball loss."""
        z = self.features(x)
        for k in range(1, self.steps + 1):
            u = y - z @ self.beta - self.intercept
            slope = np.where(u > 0.0, -self.tau, 1.0 - self.tau)
            step = self.rate / np.sqrt(k)
            self.beta = self.beta - step * (z.T @ slope) / len(y)
            self.intercept -= step * float(slope.mean())
        return self

    def predict(self, x: Array) -> Array:
        """The quantile at x, shape (n,)."""
        return np.asarray(self.features(x) @ self.beta + self.intercept)

"""Quadratic and its accelerated minimiser."""
import numpy as np


class Quadratic:
    """Half x'Ax with eigenvalues between 1 / condition and 1."""

    def __init__(self, dim, condition, seed):
        rng = np.random.default_rng(seed)
        turn, _ = np.linalg.qr(rng.normal(size=(dim, dim)))
        self.condition = condition
        self.matrix = turn @ np.diag(np.geomspace(1 / condition, 1, dim)) @ turn.T
        self.start = turn @ np.ones(dim)

    def loss(self, x):
        """Value at x."""
        return float(0.5 * x @ self.matrix @ x)

    def gradient(self, x):
        """Gradient at x."""
        return self.matrix @ x


def nesterov(problem, steps):
    """Return the loss before every step, with the constant momentum of a strongly convex problem."""
    root = np.sqrt(problem.condition)
    momentum = (root - 1) / (root + 1)
    x = before = problem.start
    losses = []
    for _ in range(steps):
        losses.append(problem.loss(x))
        ahead = x + momentum * (x - before)
        before, x = x, ahead - problem.gradient(ahead)
    return losses

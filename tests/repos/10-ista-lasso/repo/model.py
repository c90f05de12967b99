"""Iterative soft thresholding."""
import numpy as np


def soft_threshold(x, by):
    """Shrink towards zero."""
    return np.sign(x) * np.maximum(np.abs(x) - by, 0.0)


class Lasso:
    """Minimise |y - Xw|^2 / 2n + penalty |w|_1."""

    def __init__(self, penalty, iterations):
        self.penalty, self.iterations = penalty, iterations

    def fit(self, x, y):
        """Return the weights."""
        step = len(y) / np.linalg.norm(x, 2) ** 2
        weights = np.zeros(x.shape[1])
        for _ in range(self.iterations):
            gradient = x.T @ (x @ weights - y) / len(y)
            weights = soft_threshold(weights - step * gradient, step * self.penalty)
        return weights

"""Recursive least squares with exponential forgetting."""
import numpy as np


class RecursiveLeastSquares:
    """Weights and inverse correlation matrix, updated observation by observation."""

    def __init__(self, dim, forgetting, scale=100.0):
        self.weights = np.zeros(dim)
        self.inverse = scale * np.eye(dim)
        self.forgetting = forgetting

    def update(self, x, y):
        """Take in one observation; return the error of the prediction before it."""
        error = y - x @ self.weights
        gain = self.inverse @ x / (self.forgetting + x @ self.inverse @ x)
        self.weights = self.weights + gain * error
        self.inverse = (self.inverse - np.outer(gain, x @ self.inverse)) / self.forgetting
        return float(error)

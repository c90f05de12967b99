"""Radial basis functions with a linear output."""
import numpy as np


class RadialNetwork:
    """Gaussian bumps of one width around given centres."""

    def __init__(self, centres, width, ridge=0.0):
        self.centres, self.width, self.ridge = np.asarray(centres), width, ridge
        self.weights = np.zeros(len(self.centres))

    def features(self, x):
        """Activations, shape (len(x), centres)."""
        return np.exp(-((np.asarray(x)[:, None] - self.centres) ** 2) / (2 * self.width**2))

    def fit(self, x, y):
        """Ridge regression of the output."""
        phi = self.features(x)
        self.weights = np.linalg.solve(phi.T @ phi + self.ridge * np.eye(len(self.centres)), phi.T @ y)
        return self

    def predict(self, x):
        """Network output."""
        return self.features(x) @ self.weights

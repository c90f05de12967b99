"""Kohonen's map."""
import numpy as np


class SelfOrganisingMap:
    """A square sheet of prototypes."""

    def __init__(self, side, dim, seed):
        self.rng = np.random.default_rng(seed)
        self.weights = self.rng.random((side * side, dim))
        axis = np.arange(side)
        self.places = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
        self.side = side

    def winner(self, x):
        """Index of the nearest prototype."""
        return int(np.argmin(((self.weights - x) ** 2).sum(axis=1)))

    def fit(self, data, steps):
        """Pull the winner and its neighbours, less and less."""
        for step in range(steps):
            left = 1 - step / steps
            x = data[self.rng.integers(len(data))]
            distance = ((self.places - self.places[self.winner(x)]) ** 2).sum(axis=1)
            pull = 0.5 * left * np.exp(-distance / (2 * (0.5 + self.side / 2 * left) ** 2))
            self.weights += pull[:, None] * (x - self.weights)
        return self

    def error(self, data):
        """Mean distance to the nearest prototype."""
        return float(np.mean([np.linalg.norm(x - self.weights[self.winner(x)]) for x in data]))

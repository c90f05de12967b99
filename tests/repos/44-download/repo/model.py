"""Voted perceptron on random Fourier features."""
import numpy as np


class VotedPerceptron:
    """Every weight vector votes as long as it survived."""

    def __init__(self, features, seed):
        rng = np.random.default_rng(seed)
        self.frequencies = 1.5 * rng.normal(size=(2, features))
        self.phases = rng.uniform(0, 2 * np.pi, features)
        self.votes = []

    def lift(self, x):
        """Cosines of random projections."""
        return np.cos(x @ self.frequencies + self.phases)

    def fit(self, x, y, epochs):
        """Return the number of mistakes."""
        lifted, weights, alive, mistakes = self.lift(x), np.zeros(len(self.phases)), 0, 0
        for _ in range(epochs):
            for row, label in zip(lifted, y):
                if label * (row @ weights) <= 0:
                    self.votes.append((alive, weights))
                    weights, alive, mistakes = weights + label * row, 1, mistakes + 1
                else:
                    alive += 1
        self.votes.append((alive, weights))
        return mistakes

    def predict(self, x):
        """Sign of the vote."""
        lifted = self.lift(x)
        return np.sign(sum(alive * np.sign(lifted @ weights) for alive, weights in self.votes))

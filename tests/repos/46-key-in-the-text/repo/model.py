"""Particle swarm with a constriction factor."""
import numpy as np


def ellipsoid(x):
    """Weighted sum of squares of the rows; zero at the origin."""
    return (np.arange(1, x.shape[-1] + 1) * x**2).sum(axis=-1)


class Swarm:
    """Global-best swarm."""

    def __init__(self, particles, dim, seed):
        self.rng = np.random.default_rng(seed)
        self.x = self.rng.uniform(-5, 5, (particles, dim))
        self.v = np.zeros_like(self.x)
        self.best = self.x.copy()

    def step(self, constriction, cognitive, social):
        """Move once; return the best value so far."""
        leader = self.best[ellipsoid(self.best).argmin()]
        own, all_ = self.rng.random((2, *self.x.shape))
        pull = cognitive * own * (self.best - self.x) + social * all_ * (leader - self.x)
        self.v = constriction * (self.v + pull)
        self.x = self.x + self.v
        better = ellipsoid(self.x) < ellipsoid(self.best)
        self.best[better] = self.x[better]
        return float(ellipsoid(self.best).min())

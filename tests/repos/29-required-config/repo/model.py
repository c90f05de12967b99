"""Differential evolution, rand/1/bin."""
import numpy as np


def rastrigin(x):
    """Multimodal test function; zero at the origin."""
    return float(10 * len(x) + np.sum(x**2 - 10 * np.cos(2 * np.pi * x)))


class DifferentialEvolution:
    """A population that only improves."""

    def __init__(self, population, dim, weight, crossover, seed):
        self.rng = np.random.default_rng(seed)
        self.points = self.rng.uniform(-5, 5, (population, dim))
        self.values = np.array([rastrigin(p) for p in self.points])
        self.weight, self.crossover = weight, crossover

    def generation(self):
        """Try one offspring for every member; return the best value."""
        size, dim = self.points.shape
        for member in range(size):
            others = [k for k in range(size) if k != member]
            a, b, c = self.points[self.rng.choice(others, 3, replace=False)]
            mask = self.rng.random(dim) < self.crossover
            mask[self.rng.integers(dim)] = True
            child = np.where(mask, a + self.weight * (b - c), self.points[member])
            value = rastrigin(child)
            if value <= self.values[member]:
                self.points[member], self.values[member] = child, value
        return float(self.values.min())

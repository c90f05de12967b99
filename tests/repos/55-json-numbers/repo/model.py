"""Optimal partitioning."""
import numpy as np


class Partitioning:
    """Piecewise constant fit with a price for each segment."""

    def __init__(self, penalty):
        self.penalty = penalty

    def fit(self, y):
        """Return the starts of the segments and the least cost."""
        first, second = np.append(0, np.cumsum(y)), np.append(0, np.cumsum(np.square(y)))
        best, last = np.zeros(len(y) + 1), np.zeros(len(y) + 1, dtype=int)
        best[0] = -self.penalty
        for end in range(1, len(y) + 1):
            starts = np.arange(end)
            errors = second[end] - second[:end] - (first[end] - first[:end]) ** 2 / (end - starts)
            costs = best[:end] + errors + self.penalty
            last[end], best[end] = costs.argmin(), costs.min()
        starts, end = [], len(y)
        while end > 0:
            end = last[end]
            starts.append(end)
        return starts[::-1], best[-1]

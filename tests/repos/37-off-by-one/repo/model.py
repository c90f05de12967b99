"""Dynamic time warping."""
import numpy as np


class TimeWarping:
    """Absolute differences, steps (1, 0), (0, 1), (1, 1)."""

    def table(self, a, b):
        """Accumulated costs, shape (len(a) + 1, len(b) + 1)."""
        cost = np.full((len(a) + 1, len(b) + 1), np.inf)
        cost[0, 0] = 0.0
        for i in range(1, len(a) + 1):
            for j in range(1, len(b) + 1):
                before = min(cost[i - 1, j], cost[i, j - 1], cost[i - 1, j - 1])
                cost[i, j] = abs(a[i] - b[j]) + before
        return cost

    def align(self, a, b):
        """Return the distance and the pairs of indices, first to last."""
        cost = self.table(a, b)
        i, j, path = len(a), len(b), []
        while i > 0 and j > 0:
            path.append((i - 1, j - 1))
            steps = ((i - 1, j - 1), (i - 1, j), (i, j - 1))
            i, j = min(steps, key=lambda step: cost[step])
        return float(cost[-1, -1]), path[::-1]

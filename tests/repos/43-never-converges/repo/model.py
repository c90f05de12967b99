"""k-medians."""
import numpy as np


class KMedians:
    """Alternates assignment and medians until the centres rest."""

    def __init__(self, groups, seed):
        self.groups = groups
        self.rng = np.random.default_rng(seed)

    def assign(self, x, centres):
        """Index of the nearest centre in the sum of absolute differences."""
        return np.abs(x[:, None] - centres).sum(axis=2).argmin(axis=1)

    def cost(self, x, centres):
        """Sum of the distances to the nearest centres."""
        return float(np.abs(x[:, None] - centres).sum(axis=2).min(axis=1).sum())

    def run(self, x):
        """Return the centres of one start and how many rounds it took."""
        centres = x[self.rng.choice(len(x), self.groups, replace=False)]
        rounds = 0
        while True:
            rounds += 1
            labels = self.assign(x, centres)
            moved = np.array(
                [np.median(x[labels == k], axis=0) if (labels == k).any() else centres[k] for k in range(self.groups)]
            )
            if np.array_equal(labels, centres):
                return centres, rounds
            centres = moved

    def fit(self, x, restarts):
        """Best of several starts."""
        runs = [self.run(x) for _ in range(restarts)]
        return min(runs, key=lambda one: self.cost(x, one[0]))

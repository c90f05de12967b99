"""Discrete AdaBoost."""
import numpy as np


class Stump:
    """Threshold on one feature."""

    def __init__(self, feature, threshold, sign):
        self.feature, self.threshold, self.sign = feature, threshold, sign

    def predict(self, x):
        """Labels in {-1, 1}."""
        return self.sign * np.where(x[:, self.feature] > self.threshold, 1, -1)


def best_stump(x, y, weights):
    """The stump of the smallest weighted error, and that error."""
    best, least = None, np.Inf
    for feature in range(x.shape[1]):
        for threshold in np.unique(x[:, feature]):
            for sign in (1, -1):
                stump = Stump(feature, threshold, sign)
                error = float(weights[stump.predict(x) != y].sum())
                if error < least:
                    best, least = stump, error
    return best, least


class AdaBoost:
    """Weighted vote of stumps."""

    def __init__(self, rounds):
        self.rounds, self.votes, self.bound = rounds, [], 1.0

    def fit(self, x, y):
        """Add one stump a round."""
        weights = np.full(len(y), 1 / len(y), dtype=np.float_)
        factors = []
        for _ in range(self.rounds):
            stump, error = best_stump(x, y, weights)
            vote = 0.5 * np.log((1 - error) / error)
            self.votes.append((vote, stump))
            weights = weights * np.exp(-vote * y * stump.predict(x))
            factors.append(weights.sum())
            weights = weights / weights.sum()
        self.bound = float(np.product(factors))
        return self

    def score(self, x):
        """Sum of the votes."""
        return sum(vote * stump.predict(x) for vote, stump in self.votes)

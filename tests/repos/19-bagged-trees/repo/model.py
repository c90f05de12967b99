"""Bagged regression trees."""
import numpy as np
from sklearn.tree import DecisionTreeRegressor


class Bagging:
    """Mean of trees, each grown on a bootstrap sample."""

    def __init__(self, trees, depth, seed):
        self.trees, self.depth, self.seed = trees, depth, seed
        self.members = []

    def fit(self, x, y):
        """Grow the trees."""
        rng = np.random.default_rng(self.seed)
        for _ in range(self.trees):
            rows = rng.integers(len(x), size=len(x))
            self.members.append(DecisionTreeRegressor(max_depth=self.depth, random_state=0).fit(x[rows], y[rows]))
        return self

    def predict(self, x):
        """Average prediction."""
        return np.mean([tree.predict(x) for tree in self.members], axis=0)

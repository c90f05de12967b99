"""Theil-Sen estimator."""
from statistics import median


class TheilSen:
    """Robust line."""

    def fit(self, x, y):
        """Median slope, then median intercept."""
        pairs = [(i, j) for i in range(len(x)) for j in range(i)]
        self.slope = median((y[i] - y[j]) / (x[i] - x[j]) for i, j in pairs if x[i] != x[j])
        self.intercept = median(b - self.slope * a for a, b in zip(x, y))
        return self

    def predict(self, x):
        """Values on the line."""
        return [self.intercept + self.slope * a for a in x]

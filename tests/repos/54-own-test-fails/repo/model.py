"""Welch's statistic."""
import numpy as np


class Welch:
    """Compares the means of two samples with variances of their own."""

    def __init__(self, a, b):
        self.a, self.b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
        self.parts = self.a.var() / len(self.a), self.b.var() / len(self.b)

    def statistic(self):
        """Difference of the means in standard errors."""
        return float((self.a.mean() - self.b.mean()) / np.sqrt(sum(self.parts)))

    def freedom(self):
        """Degrees of freedom after Welch and Satterthwaite."""
        first, second = self.parts
        below = first**2 / (len(self.a) - 1) + second**2 / (len(self.b) - 1)
        return float((first + second) ** 2 / below)

"""Perceptron with a margin."""
import numpy as np


class MarginPerceptron:
    """Weights of a linear rule through the origin."""

    def __init__(self, dim, margin):
        self.weights = np.zeros(dim)
        self.margin = margin

    def update(self, point, label):
        """Learn from one point; return whether the weights changed."""
        if label * (point @ self.weights) > self.margin:
            return False
        self.weights = self.weights + label * point
        return True

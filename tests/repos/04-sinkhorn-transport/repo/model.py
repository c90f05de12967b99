"""Sinkhorn's algorithm in the log domain."""
import numpy as np


def log_sum_exp(values, axis):
    """Stable logarithm of a sum of exponentials."""
    top = values.max(axis=axis, keepdims=True)
    return np.squeeze(top, axis) + np.log(np.exp(values - top).sum(axis=axis))


class Sinkhorn:
    """Transport plan with entropic weight epsilon."""

    def __init__(self, epsilon, iterations):
        self.epsilon, self.iterations = epsilon, iterations

    def plan(self, cost, source, target):
        """Return the plan with the given marginals."""
        f, g = np.zeros(len(source)), np.zeros(len(target))
        for _ in range(self.iterations):
            f = self.epsilon * (np.log(source) - log_sum_exp((g[None] - cost) / self.epsilon, 1))
            g = self.epsilon * (np.log(target) - log_sum_exp((f[:, None] - cost) / self.epsilon, 0))
        return np.exp((f[:, None] + g[None] - cost) / self.epsilon)

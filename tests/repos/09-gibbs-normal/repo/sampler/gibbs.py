"""Gibbs sampler."""
import numpy as np


class GibbsSampler:
    """Standard normal pair with the given correlation."""

    def __init__(self, correlation, seed):
        self.correlation = correlation
        self.scale = np.sqrt(1 - correlation**2)
        self.rng = np.random.default_rng(seed)

    def sample(self, draws):
        """Return draws, shape (draws, 2)."""
        out = np.zeros((draws, 2))
        x = y = 0.0
        for k in range(draws):
            x = self.correlation * y + self.scale * self.rng.normal()
            y = self.correlation * x + self.scale * self.rng.normal()
            out[k] = x, y
        return out

"""Gaussian kernel density."""
import numpy as np
from scipy.misc import logsumexp


class KernelDensity:
    """Equal weights, one bandwidth."""

    def __init__(self, sample, bandwidth):
        self.sample, self.bandwidth = np.asarray(sample), bandwidth

    def log_density(self, x):
        """Log density at each point."""
        z = (np.asarray(x)[:, None] - self.sample) / self.bandwidth
        norm = np.log(len(self.sample) * self.bandwidth * np.sqrt(2 * np.pi))
        return logsumexp(-0.5 * z**2, axis=1) - norm

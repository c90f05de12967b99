"""Percentile bootstrap."""
import numpy as np


class Bootstrap:
    """Resamples with replacement."""

    def __init__(self, draws, seed):
        self.draws, self.seed = draws, seed

    def interval(self, values, level=0.9):
        """Interval of the median at the given level."""
        rng = np.random.default_rng(self.seed)
        picks = rng.integers(len(values), size=(self.draws, len(values)))
        medians = np.median(np.asarray(values)[picks], axis=1)
        return np.quantile(medians, [(1 - level) / 2, (1 + level) / 2])

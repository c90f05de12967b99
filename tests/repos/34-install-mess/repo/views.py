"""Two views of one hidden signal."""
import numpy as np


def make_views(samples, seed):
    """Both views have three columns; the first ones share a signal."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=samples)
    x, y = rng.normal(size=(2, samples, 3))
    x[:, 0] += 2 * signal
    y[:, 0] += 2 * signal
    return x, y

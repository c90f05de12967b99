"""A line whose slope drifts."""
import numpy as np


def drifting_line(steps, seed):
    """Yield rows (1, x) and noisy values."""
    rng = np.random.default_rng(seed)
    for step in range(steps):
        row = np.array([1.0, rng.normal()])
        yield row, float(row @ [0.5, np.sin(step / 80)] + 0.05 * rng.normal())

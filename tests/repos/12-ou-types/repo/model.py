"""Exact discretisation and its estimator."""
import math

import numpy as np

from types import Process


def simulate(process, steps, dt, seed):
    """Draw a path of the exact transition."""
    rng = np.random.default_rng(seed)
    decay = math.exp(-process.rate * dt)
    scale = process.noise * math.sqrt((1 - decay**2) / (2 * process.rate))
    path = np.empty(steps + 1)
    path[0] = process.level
    for k in range(steps):
        path[k + 1] = process.level + decay * (path[k] - process.level) + scale * rng.normal()
    return path


def estimate(path, dt):
    """Maximum likelihood by the regression of each value on the one before."""
    slope, intercept = np.polyfit(path[:-1], path[1:], 1)
    rest = path[1:] - slope * path[:-1] - intercept
    rate = -math.log(slope) / dt
    noise = math.sqrt(np.mean(rest**2) * 2 * rate / (1 - slope**2))
    return Process(rate, intercept / (1 - slope), noise)

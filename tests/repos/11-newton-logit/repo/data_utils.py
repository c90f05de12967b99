"""Synthetic classes."""
import numpy as np


def make_classes(rows, seed):
    """Bernoulli labels of a linear score."""
    rng = np.random.default_rng(seed)
    x = np.hstack([np.ones((rows, 1)), rng.normal(size=(rows, 2))])
    return x, (rng.random(rows) < 1 / (1 + np.exp(-x @ [0.3, 1.5, -2.0]))).astype(float)

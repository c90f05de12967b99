"""Sparse regression problem."""
import numpy as np


def make_sparse(rows, columns, seed):
    """Five non-zero weights."""
    rng = np.random.default_rng(seed)
    truth = np.zeros(columns)
    truth[rng.choice(columns, 5, replace=False)] = rng.choice([-2.0, 2.0], 5)
    x = rng.normal(size=(rows, columns))
    return x, x @ truth + 0.05 * rng.normal(size=rows), truth

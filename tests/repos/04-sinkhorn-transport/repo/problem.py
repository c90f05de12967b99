"""Random histograms."""
import numpy as np


def make_problem(bins, seed):
    """Squared distances on a grid, and two histograms."""
    rng = np.random.default_rng(seed)
    grid = np.linspace(0, 1, bins)
    return (grid[:, None] - grid[None]) ** 2, rng.dirichlet(np.ones(bins)), rng.dirichlet(np.ones(bins))

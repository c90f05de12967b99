"""Integrals over a grid."""
import numpy as np
from scipy.integrate import cumtrapz, simps


def distribution(grid, log_density):
    """Cumulative distribution on the grid."""
    return cumtrapz(np.exp(log_density), grid, initial=0)


def entropy(grid, log_density):
    """Differential entropy by Simpson's rule."""
    return float(simps(-np.exp(log_density) * log_density, x=grid))

"""Yule-Walker estimation."""
import numpy as np


class Autoregression:
    """Coefficients from autocovariances."""

    def __init__(self, order):
        self.order = order

    def fit(self, series):
        """Set mean, coefficients and noise variance."""
        series = np.asarray(series, dtype=float)
        self.mean = float(series.mean())
        x = series - self.mean
        cov = np.array([x[: len(x) - k] @ x[k:] / len(x) for k in range(self.order + 1)])
        lags = np.abs(np.subtract.outer(np.arange(self.order), np.arange(self.order)))
        self.coefficients = np.linalg.solve(cov[lags], cov[1:])
        self.noise = float(cov[0] - self.coefficients @ cov[1:])
        return self

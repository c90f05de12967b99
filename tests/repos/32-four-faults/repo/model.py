"""Multiplicative updates for the squared error."""
import numpy as np


class Factorisation:
    """V is approximated by W H."""

    def __init__(self, rank, floor, seed):
        self.rank, self.floor = rank, floor
        self.rng = np.random.default_rng(seed)

    def fit(self, v, iterations):
        """Return the squared error before every update."""
        v = np.asarray(v, dtype=np.float)
        self.w = self.rng.random((v.shape[0], self.rank)) + 0.1
        self.h = self.rng.random((self.rank, v.shape[1])) + 0.1
        errors = []
        for _ in range(iterations):
            errors.append(float(((v - self.w @ self.h) ** 2).sum()))
            self.h *= (self.w.T @ v) / (self.w.T @ self.w @ self.h + self.floor * 1.0)
            self.w *= (v @ self.h.T) / (self.w @ self.h @ self.h.T + self.floor * 1.0)
        return errors

"""Reservoir with a linear read-out."""
import numpy as np

from trainer import solve_ridge


class EchoState:
    """Tanh reservoir of a given spectral radius."""

    def __init__(self, units, radius, seed):
        rng = np.random.default_rng(seed)
        weights = rng.normal(size=(units, units))
        self.recurrent = weights * radius / np.abs(np.linalg.eigvals(weights)).max()
        self.inward = rng.uniform(-1, 1, units)
        self.readout = None

    def states(self, series):
        """Run the reservoir over a series; shape (len(series), units)."""
        state, out = np.zeros(len(self.inward)), []
        for value in series:
            state = np.tanh(self.recurrent @ state + self.inward * value)
            out.append(state)
        return np.array(out)

    def fit(self, series, washout, ridge):
        """Learn to say the next value."""
        self.readout = solve_ridge(self.states(series[:-1])[washout:], series[washout + 1 :], ridge)
        return self

    def predict(self, series):
        """One-step predictions of what follows each value."""
        return self.states(series) @ self.readout

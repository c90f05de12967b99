"""Euler-Maruyama for the double well."""
import numpy as np


class DoubleWell:
    """Potential barrier * (x^2 - 1)^2."""

    def __init__(self, dt: float, temperature: float, barrier: float = 1.0):
        self.dt, self.temperature, self.barrier = dt, temperature, barrier

    def force(self, x):
        """Minus the slope of the potential."""
        return -4 * self.barrier * x * (x * x - 1)

    def path(self, steps, seed, start=1.0):
        """Positions after every step."""
        rng = np.random.default_rng(seed)
        kick = np.sqrt(2 * self.temperature * self.dt)
        x, out = start, []
        for z in rng.normal(size=steps):
            x = x + self.dt * self.force(x) + kick * z
            out.append(x)
        return np.array(out)

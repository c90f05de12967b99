"""Lotka-Volterra equations."""
import numpy as np


class LotkaVolterra:
    """Prey growth, predation, conversion, predator death."""

    def __init__(self, rates):
        self.rates = rates

    def slope(self, state):
        """Time derivative."""
        a, b, c, d = self.rates
        prey, predators = state
        return np.array([a * prey - b * prey * predators, c * prey * predators - d * predators])

    def invariant(self, state):
        """Constant along exact solutions."""
        a, b, c, d = self.rates
        prey, predators = state
        return float(c * prey - d * np.log(prey) + b * predators - a * np.log(predators))

    def solve(self, start, dt, steps):
        """Classical Runge-Kutta; shape (steps + 1, 2)."""
        states = [np.array(start)]
        for _ in range(steps):
            y = states[-1]
            k1 = self.slope(y)
            k2 = self.slope(y + dt / 2 * k1)
            k3 = self.slope(y + dt / 2 * k2)
            k4 = self.slope(y + dt * k3)
            states.append(y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
        return np.array(states)

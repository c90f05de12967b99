"""Binary Hopfield network with Hebbian weights."""
import numpy as np


class Hopfield:
    """Units in {-1, +1}, updated one by one."""

    def __init__(self, patterns):
        self.weights = patterns.T @ patterns / patterns.shape[1]
        np.fill_diagonal(self.weights, 0.0)

    def energy(self, state):
        """The Lyapunov function of the updates."""
        return float(-0.5 * state @ self.weights @ state)

    def recall(self, cue, sweeps, rng):
        """Update every unit `sweeps` times in random order; return the state and the energies."""
        state, energies = cue.copy(), [self.energy(cue)]
        for _ in range(sweeps):
            for unit in rng.permutation(len(state)):
                state[unit] = 1.0 if self.weights[unit] @ state >= 0 else -1.0
            energies.append(self.energy(state))
        return state, energies

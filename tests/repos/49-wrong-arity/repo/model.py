"""Susceptible, infected, recovered."""
import numpy as np


class Epidemic:
    """States 0, 1, 2 of people on a symmetric contact graph."""

    def __init__(self, contacts, infect, recover, seed):
        self.contacts, self.infect, self.recover = contacts, infect, recover
        self.rng = np.random.default_rng(seed)
        self.state = np.zeros(len(contacts), dtype=int)
        self.state[:3] = 1

    def day(self):
        """One day; return how many are susceptible, infected, recovered after it."""
        sick = self.state == 1
        escape = (1 - self.infect) ** (self.contacts @ sick)
        caught = (self.state == 0) & (self.rng.random(len(sick)) > escape)
        healed = sick & (self.rng.random(len(sick)) < self.recover)
        self.state[caught] = 1
        self.state[healed] = 2
        return tuple(int(n) for n in np.bincount(self.state, minlength=3))

"""Susceptible, ill, recovered: counts that jump by Poisson numbers."""
import numpy as np


class Epidemic:
    """A closed town; `config["epidemic"]` holds its rates, a day."""

    def __init__(self, config):
        options = config["epidemic"]
        self.people = options["people"]
        self.ill = options["ill"]
        self.contact = options["contact_rate"]
        self.recovery = options["recovery_rate"]
        self.step = options["step"]

    def rates(self, susceptible, ill):
        """Return infections and recoveries a day."""
        return self.contact * susceptible * ill / self.people, self.recovery * ill

    def simulate(self, days, seed):
        """Return the counts (S, I, R) after each step, the start first."""
        rng = np.random.default_rng(seed)
        state = [self.people - self.ill, self.ill, 0]
        course = [list(state)]
        for _ in range(int(days / self.step)):
            infections, recoveries = self.rates(state[0], state[1])
            fresh = min(rng.poisson(infections * self.step), state[0])
            well = min(rng.poisson(recoveries * self.step), state[1] + fresh)
            state = [state[0] - fresh, state[1] + fresh - well, state[2] + well]
            course.append(list(state))
        return np.array(course)

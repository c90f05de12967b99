"""Tabular Q-learning."""
import numpy as np

from world import MOVES, walk


class QLearner:
    """Values of every action in every cell; costs are negative rewards."""

    def __init__(self, size, rate, epsilon, seed):
        self.size, self.rate, self.epsilon = size, rate, epsilon
        self.rng = np.random.default_rng(seed)
        self.values = np.zeros((size, size, len(MOVES)))
        self.goal = (size - 1, size - 1)

    def choose(self, cell):
        """Epsilon-greedy action."""
        if self.rng.random() < self.epsilon:
            return int(self.rng.integers(len(MOVES)))
        return int(self.values[cell].argmax())

    def episode(self):
        """Learn from one walk; return its number of steps."""
        cell, steps = (0, 0), 0
        while cell != self.goal:
            action = self.choose(cell)
            after = walk(cell, action, self.size)
            target = -1.0 + (0.0 if after == self.goal else self.values[after].max())
            self.values[cell][action] += self.rate * (target - self.values[cell][action])
            cell, steps = after, steps + 1
        return steps

    def greedy_path(self):
        """Cells visited by the best actions from the start, the goal included."""
        cell, path = (0, 0), [(0, 0)]
        for _ in range(self.size * self.size):
            if cell ==
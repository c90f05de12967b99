"""Two-dimensional Ising model."""
import math
import random


class Ising:
    """Spins on a torus, at first all up."""

    def __init__(self, size, temperature, seed):
        self.size, self.temperature = size, temperature
        self.random = random.Random(seed)
        self.spins = [[1] * size for _ in range(size)]

    def field(self, row, column):
        """Sum of the four neighbours."""
        s, n = self.spins, self.size
        return s[row - 1][column] + s[(row + 1) % n][column] + s[row][column - 1] + s[row][(column + 1) % n]

    def sweep(self):
        """As many attempted flips as spins."""
        for _ in range(self.size * self.size):
            row, column = self.random.randrange(self.size), self.random.randrange(self.size)
            cost = 2 * self.spins[row][column] * self.field(row, column)
            if cost <= 0 or self.random.random() < math.exp(-cost / self.temperature):
                self.spins[row][column] *= -1

    def magnetisation(self):
        """Mean spin."""
        return sum(map(sum, self.spins)) / self.size**2

    def energy(self):
        """Energy per spin; each bond counts once."""
        size = self.size
        total = sum(self.spins[i][j] * self.field(i, j) for i in range(size) for j in range(size))
        return -total / 2 / size**2

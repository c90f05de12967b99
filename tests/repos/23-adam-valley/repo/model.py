"""Rosenbrock's function and Adam, without any library."""


def rosenbrock(x, y):
    """Value and gradient."""
    value = (1 - x) ** 2 + 100 * (y - x * x) ** 2
    return value, (-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x))


class Adam:
    """Moments of the gradient, with bias correction."""

    def __init__(self, lr, betas, eps, dim):
        self.lr, self.betas, self.eps = lr, betas, eps
        self.first, self.second, self.time = [0.0] * dim, [0.0] * dim, 0

    def step(self, point, gradient):
        """Return the next point."""
        self.time += 1
        a, b = self.betas
        self.first = [a * m + (1 - a) * g for m, g in zip(self.first, gradient)]
        self.second = [b * v + (1 - b) * g * g for v, g in zip(self.second, gradient)]
        scale = [(v / (1 - b**self.time)) ** 0.5 + self.eps for v in self.second]
        return [p - self.lr * m / (1 - a**self.time) / s for p, m, s in zip(point, self.first, scale)]

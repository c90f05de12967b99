```python
"""Pegasos."""
import numpy as np


class Pegasos:
    """Linear classifier through the origin of the lifted space."""

    def __init__(self, penalty, seed):
        self.penalty = penalty
        self.rng = np.random.default_rng(seed)
        self.weights = None

    def fit(self, x, y, epochs):
        """One subgradient a point."""
        self.weights = np.zeros(x.shape[1])
        time = 0
        for _ in range(epochs):
            for row in self.rng.permutation(len(x)):
                time += 1
                inside = y[row] * (x[row] @ self.weights) < 1
                self.weights *= 1 - 1 / time
                if inside:
                    self.weights += y[row] * x[row] / (self.penalty * time)
        return self
```

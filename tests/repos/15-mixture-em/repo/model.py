"""One-dimensional Gaussian mixture."""
from typing import List


class Mixture:
    """Weights, means and variances of the components."""

    def __init__(self, means: List[float]):
        self.means = np.array(means, dtype=float)
        self.variances = np.ones(len(means))
        self.weights = np.full(len(means), 1 / len(means))

    def densities(self, x):
        """Weighted densities, shape (points, components)."""
        square = (x[:, None] - self.means) ** 2 / self.variances
        return self.weights * np.exp(-0.5 * square) / np.sqrt(2 * math.pi * self.variances)

    def step(self, x):
        """One EM step; returns the mean log likelihood before it."""
        joint = self.densities(x)
        total = joint.sum(axis=1)
        share = joint / total[:, None]
        mass = share.sum(axis=0)
        self.weights = mass / len(x)
        self.means = share.T @ x / mass
        self.variances = (share * (x[:, None] - self.means) ** 2).sum(axis=0) / mass
        return float(np.log(total).mean())

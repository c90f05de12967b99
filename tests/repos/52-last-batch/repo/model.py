"""Mean and covariance, batch by batch."""
import numpy as np


class StreamingCovariance:
    """Merges the moments of batches."""

    def __init__(self, columns):
        self.count = 0
        self.mean = np.zeros(columns)
        self.scatter = np.zeros((columns, columns))

    def update(self, batch):
        """Take in the rows of a batch."""
        size, centre = len(batch), sum(batch) / len(batch)
        shift, total = centre - self.mean, self.count + len(batch)
        self.scatter += (batch - centre).T @ (batch - centre) + np.outer(shift, shift) * self.count * size / total
        self.mean = self.mean + shift * size / total
        self.count = total

    def covariance(self):
        """Unbiased covariance."""
        return self.scatter / (self.count - 1)

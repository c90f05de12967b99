"""Canonical correlation analysis."""
import numpy as np


class CanonicalCorrelation:
    """Whitened cross-covariance, decomposed."""

    def fit(self, x, y):
        """Set correlations and directions; rows are samples."""
        x, y = x - x.mean(axis=0), y - y.mean(axis=0)
        qx, rx = np.linalg.qr(x)
        qy, ry = np.linalg.qr(y)
        left, self.correlations, right = np.linalg.svd(qx.T @ qy)
        self.x_directions = np.linalg.solve(rx, left[:, : len(self.correlations)])
        self.y_directions = np.linalg.solve(ry, right.T[:, : len(self.correlations)])
        return self

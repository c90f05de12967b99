"""Orthogonal iteration."""
import numpy as np


class PowerPCA:
    """Leading principal components without an eigenvalue solver."""

    def __init__(self, components):
        self.components = components
        self.basis = None
        self.variances = None

    def fit(self, data, iterations):
        """Find the basis; columns are ordered by the variance that they explain."""
        covariance = data.T @ data / len(data)
        basis = np.eye(covariance.shape[0])[:, : self.components]
        for _ in range(iterations):
            basis, upper = np.linalg.qr(covariance @ basis)
        self.basis = basis
        self.variances = np.abs(np.diag(upper))
        return self

    def transform(self, data):
        """Coordinates in the basis."""
        return data @ self.basis

    def reconstruct(self, data):
        """Project onto the span of the basis."""
        return self.transform(data) @ self.basis.T

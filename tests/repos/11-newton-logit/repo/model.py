"""Iteratively reweighted least squares."""
import numpy as np


class NewtonLogit:
    """Ridge-penalised logistic regression."""

    def __init__(self, ridge):
        self.ridge = ridge

    def fit(self, x, y, steps):
        """Return weights and the norm of the gradient before every step."""
        weights, norms = np.zeros(x.shape[1]), []
        for _ in range(steps):
            p = 1 / (1 + np.exp(-x @ weights))
            gradient = x.T @ (p - y) / len(y) + self.ridge * weights
            hessian = (x * (p * (1 - p))[:, None]).T @ x / len(y) + self.ridge * np.eye(x.shape[1])
            weights = weights - np.linalg.solve(hessian, gradient)
            norms.append(float(np.linalg.norm(gradient)))
        return weights, norms

"""The linear model with its penalised squared loss."""

import numpy as np


class Ridge:
    """f(x) = w x, with the loss 0.5 mean (f(x) - y)^2 + 0.5 l2 |w|^2."""

    def __init__(self, features: int) -> None:
        self.weights = np.zeros(features)

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        return inputs @ self.weights

    def loss(self, inputs: np.ndarray, targets: np.ndarray, l2: float) -> float:
        error = self.predict(inputs) - targets
        return float(0.5 * np.mean(error**2) + 0.5 * l2 * self.weights @ self.weights)

    def gradient(self, inputs: np.ndarray, targets: np.ndarray, l2: float) -> np.ndarray:
        error = self.predict(inputs) - targets
        return inputs.T @ error / len(targets) + l2 * self.weights


def closed_form(inputs: np.ndarray, targets: np.ndarray, l2: float) -> np.ndarray:
    """The minimiser of the loss."""
    count, features = inputs.shape
    return np.linalg.solve(inputs.T @ inputs / count + l2 * np.eye(features), inputs.T @ targets / count)

"""Mini-batch gradient descent."""

import numpy as np

from src.model import Ridge


class Trainer:
    """Trains a model with a fixed step size."""

    def __init__(self, model: Ridge, learning_rate: float, weight_decay: float, batch_size: int, seed: int) -> None:
        self.model = model
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.rng = np.random.default_rng(seed)

    def fit(self, inputs: np.ndarray, targets: np.ndarray, epochs: int) -> list[float]:
        """Return the loss after each epoch."""
        losses = []
        for _ in range(epochs):
            order = self.rng.permutation(len(targets))
            for start in range(0, len(targets), self.batch_size):
                batch = order[start : start + self.batch_size]
                step = self.model.gradient(inputs[batch], targets[batch], weight_decay=self.weight_decay)
                self.model.weights -= self.learning_rate * step
            losses.append(self.model.loss(inputs, targets, self.weight_decay))
        return losses

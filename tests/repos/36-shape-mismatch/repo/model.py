"""Linear autoencoder with untied weights."""
import numpy as np


class LinearAutoencoder:
    """code = x @ encoder, output = code @ decoder."""

    def __init__(self, dim, code, seed):
        rng = np.random.default_rng(seed)
        self.encoder = 0.3 * rng.normal(size=(dim, code))
        self.decoder = 0.3 * rng.normal(size=(code, dim))

    def loss(self, x):
        """Mean over samples of the squared distance."""
        return float(((x @ self.encoder @ self.decoder - x) ** 2).sum() / len(x))

    def gradients(self, x):
        """Gradients of the loss for encoder and decoder."""
        code = x @ self.encoder
        delta = 2 * (code @ self.decoder - x) / len(x)
        return x.T @ (delta @ self.decoder), delta.T @ code

    def step(self, x, rate):
        """One step of descent."""
        for_encoder, for_decoder = self.gradients(x)
        self.encoder -= rate * for_encoder
        self.decoder -= rate * for_decoder

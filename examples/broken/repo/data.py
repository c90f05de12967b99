"""Synthetic regression data."""

import numpy as np


def make_data(samples: int, features: int, noise: float, seed: int):
    """Return inputs (samples, features), targets (samples,) and the true weights (features,)."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=features).astype(np.float)
    inputs = rng.normal(size=(samples, features))
    targets = inputs @ weights + noise * rng.normal(size=samples)
    return inputs, targets, weights

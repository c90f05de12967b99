"""Fit a noisy sine."""
import json
import os

import numpy as np

import config
from model import GaussianProcess


def sample(seed):
    """Noisy observations of a sine."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-3, 3, (config.POINTS, 1))
    return x, np.sin(x[:, 0]) + config.NOISE * rng.normal(size=config.POINTS)


def main():
    """Write the posterior on a grid and the evidence."""
    process = GaussianProcess(config.LENGTH, config.NOISE).fit(*sample(config.SEED))
    grid = np.linspace(-3, 3, 13)[:, None]
    mean, variance = process.predict(grid)
    os.makedirs("outputs", exist_ok=True)
    result = {"mean": mean.tolist(), "variance": variance.tolist(), "evidence": process.log_evidence()}
    with open("outputs/posterior.json", "w") as stream:
        json.dump(result, stream)
    print("log evidence", result["evidence"])


if __name__ == "__main__":
    main()

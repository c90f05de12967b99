"""Entry point."""
import json
import os

import numpy as np
import yaml

from integrals import distribution, entropy
from model import KernelDensity


def main():
    """Estimate and integrate."""
    config = yaml.safe_load(open("config.yaml"))
    sample = np.random.default_rng(config["seed"]).normal(size=config["points"])
    grid = np.linspace(-7, 7, config["grid"])
    logs = KernelDensity(sample, config["bandwidth"]).log_density(grid)
    cdf = distribution(grid, logs)
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"total": float(cdf[-1]), "entropy": entropy(grid, logs), "middle": float(np.exp(logs[200]))}, stream)
    print(cdf[-1])


if __name__ == "__main__":
    main()

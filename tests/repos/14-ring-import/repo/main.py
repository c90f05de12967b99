"""Entry point."""
import json
import os

import numpy as np
import yaml

from trainer import train


def main():
    """Train on the first half, test on the second."""
    config = yaml.safe_load(open("config.yaml"))
    rng = np.random.default_rng(config["seed"] + 1)
    series = np.sin(np.arange(2 * config["length"]) / 5) + 0.02 * rng.normal(size=2 * config["length"])
    network = train(series[: config["length"]], config)
    test = series[config["length"] :]
    errors = network.predict(test)[config["washout"] : -1] - test[config["washout"] + 1 :]
    radius = float(np.abs(np.linalg.eigvals(network.recurrent)).max())
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"rmse": float(np.sqrt(np.mean(errors**2))), "radius": radius}, stream)
    print(np.sqrt(np.mean(errors**2)))


if __name__ == "__main__":
    main()

"""Entry point."""
import json
import os

import numpy as np
import yaml

from model import LinearAutoencoder


def main():
    """Train on data of low effective rank."""
    config = yaml.safe_load(open("config.yaml"))
    rng = np.random.default_rng(config["seed"])
    scales = np.array([2.0, 1.5] + [0.2] * (config["dim"] - 2))
    x = rng.normal(size=(config["samples"], config["dim"])) * scales
    model = LinearAutoencoder(config["dim"], config["code"], config["seed"])
    losses = []
    for _ in range(config["steps"]):
        losses.append(model.loss(x))
        model.step(x, config["rate"])
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"losses": losses, "final": model.loss(x)}, stream)
    print(losses[0], losses[-1])


if __name__ == "__main__":
    main()

"""Entry point."""
import json
import os

import numpy as np
import yaml

from model import TimeWarping


def main():
    """Align a wave with its shifted self."""
    config = yaml.safe_load(open("config.yaml"))
    rng = np.random.default_rng(config["seed"])
    time = np.arange(config["length"] + config["shift"])
    wave = np.sin(time / 5) + 0.02 * rng.normal(size=len(time))
    a, b = wave[: config["length"]], wave[config["shift"] :]
    distance, path = TimeWarping().align(a, b)
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"distance": distance, "straight": float(np.abs(a - b).sum()), "path": path}, stream)
    print(distance)


if __name__ == "__main__":
    main()

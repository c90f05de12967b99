"""Entry point."""
import json
import os

import numpy as np
import yaml

from model import Pyramid


def main():
    """Split, join, and measure the energy of every level."""
    config = yaml.safe_load(open("config.yaml"))
    rng = np.random.default_rng(config["seed"])
    waves = np.sin(np.arange(config["size"]) / 6)
    image = np.outer(waves, waves) + 0.1 * rng.normal(size=(config["size"], config["size"]))
    pyramid = Pyramid(config["levels"])
    details, rest = pyramid.split(image)
    result = {
        "energies": [float(np.mean(detail**2)) for detail in details],
        "rest": list(rest.shape),
        "mean": float(rest.mean()),
        "error": float(np.abs(pyramid.join(details, rest) - image).max()),
    }
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump(result, stream)
    print(result)


if __name__ == "__main__":
    main()

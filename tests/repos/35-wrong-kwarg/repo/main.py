"""Entry point."""
import json
import os

import numpy as np
import yaml

from trainer import train


def main():
    """Train and evaluate on a grid."""
    config = yaml.safe_load(open("config.yaml"))
    network, x, y = train(config)
    grid = np.linspace(-2.8, 2.8, 57)
    result = {
        "train": float(np.mean((network.predict(x) - y) ** 2)),
        "test": float(np.mean((network.predict(grid) - np.sinc(grid)) ** 2)),
        "weights": network.weights.tolist(),
    }
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump(result, stream)
    print(result["train"], result["test"])


if __name__ == "__main__":
    main()

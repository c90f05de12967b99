"""Entry point."""
import json

import numpy as np
import yaml

from model import MarginPerceptron
from trainer import train


def main():
    """Separate two clouds."""
    config = yaml.safe_load(open("config.yaml"))
    rng = np.random.default_rng(config["seed"])
    y = rng.choice([-1, 1], config["points"])
    x = rng.uniform(-1, 1, (config["points"], 3)) + 1.2 * y[:, None] * np.array([1.0, 1.0, 0.0])
    model = MarginPerceptron(3, config["margin"])
    counts = train(model, x, y, config["epochs"])
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"counts": counts, "weights": model.weights.tolist()}, stream)
    print(counts)


if __name__ == "__main__":
    main()

"""Entry point."""
import json
import os
import random

import yaml

from model import Adam, rosenbrock


def main():
    """Descend from a jittered start."""
    with open("config.yaml") as stream:
        config = yaml.safe_load(stream)
    rng = random.Random(config["seed"])
    point = [value + rng.uniform(-0.1, 0.1) for value in config["start"]]
    optimizer = Adam(**config["optimizer"], dim=2)
    losses = []
    for _ in range(config["steps"]):
        loss, gradient = rosenbrock(*point)
        losses.append(loss)
        point = optimizer.step(point, gradient)
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"losses": losses, "end": point}, stream)
    print(point)


if __name__ == "__main__":
    main()

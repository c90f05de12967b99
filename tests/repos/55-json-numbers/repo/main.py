"""Entry point."""
import json
import os

import numpy as np
import yaml

from model import Partitioning


def main():
    """Segment a noisy staircase."""
    config = yaml.safe_load(open("config.yaml"))
    rng = np.random.default_rng(config["seed"])
    steps = np.repeat(config["levels"], config["lengths"])
    starts, cost = Partitioning(config["penalty"]).fit(steps + config["noise"] * rng.normal(size=len(steps)))
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"starts": starts, "cost": cost}, stream)
    print(starts)


if __name__ == "__main__":
    main()

"""Entry point."""
import json
import os

import numpy as np
import yaml

from model import KMedians


def main():
    """Cluster three clouds with outliers."""
    config = yaml.safe_load(open("config.yaml"))
    rng = np.random.default_rng(config["seed"])
    truth = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 6.0]])
    x = truth[np.arange(config["points"]) % 3] + rng.laplace(size=(config["points"], 2))
    model = KMedians(config["groups"], config["seed"])
    centres, rounds = model.fit(x, config["restarts"])
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"centres": centres.tolist(), "rounds": rounds, "cost": model.cost(x, centres)}, stream)
    print(centres)


if __name__ == "__main__":
    main()

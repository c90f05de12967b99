"""Entry point."""
import json
import os

import numpy as np
import yaml

from model import Pegasos
from objective import hinge_objective


def main():
    """Train on two clouds."""
    config = yaml.safe_load(open("config.yaml"))
    rng = np.random.default_rng(config["seed"])
    y = rng.choice([-1.0, 1.0], config["points"])
    x = np.hstack([rng.normal(size=(len(y), 2)) + 1.5 * y[:, None], np.ones((len(y), 1))])
    weights = Pegasos(config["penalty"], config["seed"]).fit(x, y, config["epochs"]).weights
    result = {
        "objective": hinge_objective(weights, x, y, config["penalty"]),
        "accuracy": float(np.mean(np.sign(x @ weights) == y)),
        "weights": weights.tolist(),
    }
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump(result, stream)
    print(result)


if __name__ == "__main__":
    main()

"""Entry point."""
import json
import os

import numpy as np
import yaml

from model import AdaBoost


def main():
    """Boost on a diagonal boundary."""
    config = yaml.safe_load(open("config.yaml"))
    rng = np.random.default_rng(config["seed"])
    x = rng.uniform(-1, 1, (config["points"], 2))
    y = np.where(x.sum(axis=1) + 0.1 * rng.normal(size=len(x)) > 0, 1, -1)
    model = AdaBoost(config["rounds"]).fit(x, y)
    wrong = np.sign(model.score(x)) != y
    seen = np.in1d(y, [-1, 1])
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"error": float(wrong.mean()), "bound": model.bound, "labelled": int(seen.sum())}, stream)
    print(wrong.mean(), model.bound)


if __name__ == "__main__":
    main()

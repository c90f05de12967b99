"""Entry point."""
import json
import os

import numpy as np
import yaml

from model import Welch


def main():
    """Statistics of many pairs of samples."""
    config = yaml.safe_load(open("config.yaml"))
    rng = np.random.default_rng(config["seed"])
    tests = [Welch(rng.normal(config["shift"], 1, 20), rng.normal(0, 3, 30)) for _ in range(config["draws"])]
    result = {"mean": float(np.mean([t.statistic() for t in tests])), "freedom": [t.freedom() for t in tests]}
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump(result, stream)
    print(result["mean"])


if __name__ == "__main__":
    main()

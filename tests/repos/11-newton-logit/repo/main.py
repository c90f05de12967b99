"""Entry point."""
import json
import os

import yaml

from .data_utils import make_classes
from .model import NewtonLogit


def main():
    """Fit and write."""
    config = yaml.safe_load(open("config.yaml"))
    x, y = make_classes(config["rows"], config["seed"])
    weights, norms = NewtonLogit(config["ridge"]).fit(x, y, config["steps"])
    accuracy = float(((x @ weights > 0) == (y > 0.5)).mean())
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"weights": weights.tolist(), "norms": norms, "accuracy": accuracy}, stream)
    print(f"accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()

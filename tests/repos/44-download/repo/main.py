"""Entry point."""
import json
import os

import numpy as np
import yaml

from model import VotedPerceptron
from moons import load_moons


def main():
    """Train and write."""
    config = yaml.safe_load(open("config.yaml"))
    x, y = load_moons(config)
    model = VotedPerceptron(config["features"], config["seed"])
    mistakes = model.fit(x, y, config["epochs"])
    result = {"mistakes": mistakes, "accuracy": float(np.mean(model.predict(x) == y)), "rows": len(y)}
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump(result, stream)
    print(result)


if __name__ == "__main__":
    main()

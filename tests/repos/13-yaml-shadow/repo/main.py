"""Entry point."""
import json
import os

from model import Quadratic, nesterov
from yaml import load_config


def main():
    """Descend and write the losses."""
    config = load_config("config.yaml")
    problem = Quadratic(config["dim"], config["condition"], config["seed"])
    losses = nesterov(problem, config["steps"])
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"losses": losses, "trace": float(problem.matrix.trace()), "corner": problem.matrix[0].tolist()}, stream)
    print(losses[-1])


if __name__ == "__main__":
    main()

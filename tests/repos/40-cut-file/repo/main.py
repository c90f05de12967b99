"""Entry point."""
import json
import os

import yaml

from model import QLearner


def main():
    """Learn and walk."""
    config = yaml.safe_load(open("config.yaml"))
    learner = QLearner(config["size"], config["rate"], config["epsilon"], config["seed"])
    steps = [learner.episode() for _ in range(config["episodes"])]
    path = learner.greedy_path()
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"steps": steps, "path": path, "value": float(learner.values[0, 0].max())}, stream)
    print(path)


if __name__ == "__main__":
    main()

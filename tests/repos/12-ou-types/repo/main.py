"""Entry point."""
import json
import os
from dataclasses import asdict

import yaml

from model import estimate, simulate
from types import Process


def main():
    """Simulate, estimate, write."""
    config = yaml.safe_load(open("config.yaml"))
    truth = Process(config["rate"], config["level"], config["noise"])
    path = simulate(truth, config["steps"], config["dt"], config["seed"])
    found = estimate(path, config["dt"])
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump(asdict(found), stream)
    print(found)


if __name__ == "__main__":
    main()

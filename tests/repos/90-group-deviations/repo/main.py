"""Entry point."""
import json
import os

import yaml

from model import deviations, diagonal, sample


def main():
    """Sample, measure, write."""
    config = yaml.safe_load(open("config.yaml"))
    frame = sample(config["seed"], config["rows"])
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"deviations": deviations(frame).to_dict(), "diagonal": float(diagonal(frame).sum())}, stream)
    print(deviations(frame))


if __name__ == "__main__":
    main()

"""Entry point."""
import json
import os

import numpy as np
import yaml

from model import DoubleWell


def main():
    """Simulate and count the crossings."""
    with open("config.yaml") as stream:
        config = yaml.safe_load(stream)
    options = config["dynamics"]
    well = DoubleWell(
        dt=options["dt"],
        temperature=options["temperature"],
        barrier=options["barrier"],
    )
    path = well.path(config["steps"], config["seed"])
    crossings = int(np.sum(np.diff(np.sign(path)) != 0))
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"crossings": crossings, "square": float(np.mean(path**2)), "last": float(path[-1])}, stream)
    print(crossings)


if __name__ == "__main__":
    main()

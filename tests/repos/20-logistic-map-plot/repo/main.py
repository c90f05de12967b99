"""Entry point."""
import json
import os

import numpy as np
import yaml

from model import LogisticMap
from plotting import draw


def main():
    """Draw and count periods."""
    config = yaml.safe_load(open("config.yaml"))
    rates = np.linspace(config["low"], config["high"], config["rates"])
    maps = [LogisticMap(rate) for rate in rates]
    orbits = [one.orbit(config["warmup"], config["kept"]) for one in maps]
    os.makedirs("outputs", exist_ok=True)
    draw(rates, orbits, "outputs/bifurcation.png")
    periods = [one.period(config["warmup"], config["kept"]) for one in maps]
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"periods": periods, "highest": [float(orbit.max()) for orbit in orbits]}, stream)
    print(periods)


if __name__ == "__main__":
    main()

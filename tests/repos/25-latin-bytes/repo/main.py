"""Entry point."""
import json
import os

import numpy as np
import yaml

from model import Whittaker


def main():
    """Smooth a noisy wave."""
    config = yaml.safe_load(open("config.yaml"))
    rng = np.random.default_rng(config["seed"])
    truth = np.cos(np.linspace(0, 6, config["points"]))
    noisy = truth + 0.3 * rng.normal(size=config["points"])
    smooth = Whittaker(config["penalty"]).smooth(noisy)
    result = {
        "before": float(np.mean((noisy - truth) ** 2)),
        "after": float(np.mean((smooth - truth) ** 2)),
        "values": smooth.tolist(),
    }
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump(result, stream)
    print(result["before"], result["after"])


if __name__ == "__main__":
    main()

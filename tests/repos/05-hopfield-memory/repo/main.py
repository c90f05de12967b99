"""Store random patterns and recall them."""
import json
import os

import numpy as np
import yaml

from model import Hopfield


def corrupt(pattern, flipped, rng):
    """Flip this many units."""
    cue = pattern.copy()
    cue[rng.choice(len(cue), flipped, replace=False)] *= -1
    return cue


def main():
    """Write overlaps and energies."""
    config = yaml.safe_load(open("config.yaml"))
    rng = np.random.default_rng(config["seed"])
    patterns = rng.choice([-1.0, 1.0], (config["patterns"], config["units"]))
    network = Hopfield(patterns)
    runs = [network.recall(corrupt(p, config["flipped"], rng), config["sweeps"], rng) for p in patterns]
    result = {
        "overlaps": [float(s @ p / config["units"]) for (s, _), p in zip(runs, patterns)],
        "energies": [e for _, e in runs],
    }
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/recall.json", "w") as stream:
        json.dump(result, stream)
    print(result["overlaps"])


if __name__ == "__main__":
    main()

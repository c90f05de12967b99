"""Entry point."""
import json
import os

import numpy as np
import yaml

from model import Attention


def main():
    """Attend and write."""
    config = yaml.safe_load(open("config.yaml"))
    rng = np.random.default_rng(config["seed"])
    query, keys, values = rng.normal(size=(3, config["items"], config["dim"]))
    attention = Attention(config["heads"])
    out = attention.read(query, keys, values)
    weights = attention.weights(query, keys)
    entropy = -(weights * np.log(weights)).sum(axis=-1).mean()
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"out": out.tolist(), "entropy": float(entropy)}, stream)
    print(entropy)


if __name__ == "__main__":
    main()

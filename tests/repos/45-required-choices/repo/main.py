"""Entry point."""
import argparse
import json
import os

import numpy as np
import yaml

from model import Completion


def main():
    """Complete a random table of rank two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rank", type=int, required=True)
    parser.add_argument("--ridge", type=float, required=True)
    parser.add_argument("--sweeps", type=int, required=True)
    args = parser.parse_args()
    config = yaml.safe_load(open("config.yaml"))
    rng = np.random.default_rng(config["seed"])
    table = rng.normal(size=(config["rows"], 2)) @ rng.normal(size=(2, config["columns"]))
    mask = rng.random(table.shape) < config["seen"]
    guess = Completion(args.rank, args.ridge, config["seed"]).fit(table, mask, args.sweeps)
    os.makedirs("outputs", exist_ok=True)
    result = {
        "rank": args.rank,
        "seen": float(np.sqrt(np.mean((guess - table)[mask] ** 2))),
        "unseen": float(np.sqrt(np.mean((guess - table)[~mask] ** 2))),
    }
    with open("outputs/metrics.json", "w") as stream:
        json.dump(result, stream)
    print(result)


if __name__ == "__main__":
    main()

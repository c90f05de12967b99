"""Entry point."""
import json
import os

import numpy as np
import yaml

from src.trainer import run


def main():
    """Write weights and support."""
    config = yaml.safe_load(open("config.yaml"))
    weights, truth = run(config)
    os.makedirs("outputs", exist_ok=True)
    result = {"weights": weights.tolist(), "support": np.flatnonzero(weights).tolist(), "truth": truth.tolist()}
    with open("outputs/lasso.json", "w") as stream:
        json.dump(result, stream)
    print(result["support"])


if __name__ == "__main__":
    main()

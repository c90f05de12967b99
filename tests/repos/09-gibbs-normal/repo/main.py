"""Draw and summarise."""
import json
import os

import numpy as np
import yaml

from sampler import GibbsSampler


def main():
    """Write moments of the draws."""
    config = yaml.safe_load(open("config.yaml"))
    draws = GibbsSampler(config["correlation"], config["seed"]).sample(config["draws"])
    os.makedirs("outputs", exist_ok=True)
    result = {"mean": draws.mean(axis=0).tolist(), "covariance": np.cov(draws.T).tolist(), "last": draws[-1].tolist()}
    with open("outputs/moments.json", "w") as stream:
        json.dump(result, stream)
    print(result)


if __name__ == "__main__":
    main()

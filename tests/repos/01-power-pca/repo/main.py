"""Run the experiment of config.yaml."""
import json
import os

import numpy as np
import yaml

from dataset import make_cloud
from model import PowerPCA


def main():
    """Fit and report variances and reconstruction error."""
    with open("config.yaml") as stream:
        config = yaml.safe_load(stream)
    data = make_cloud(config["samples"], config["scales"], config["seed"])
    model = PowerPCA(config["components"]).fit(data, config["iterations"])
    error = float(np.mean((data - model.reconstruct(data)) ** 2))
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"variances": model.variances.tolist(), "error": error}, stream)
    print("explained", model.variances, "error", error)


if __name__ == "__main__":
    main()

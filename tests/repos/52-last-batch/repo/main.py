"""Entry point."""
import json
import os

import numpy as np
import yaml

from loader import batches
from model import StreamingCovariance


def main():
    """Stream and write."""
    config = yaml.safe_load(open("config.yaml"))
    rng = np.random.default_rng(config["seed"])
    rows = rng.normal(size=(config["rows"], config["columns"])) @ np.triu(np.ones((config["columns"],) * 2))
    stream = StreamingCovariance(config["columns"])
    sizes = []
    for batch in batches(rows, config["batch"]):
        stream.update(batch)
        sizes.append(len(batch))
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as handle:
        result = {"sizes": sizes, "mean": stream.mean.tolist(), "covariance": stream.covariance().tolist()}
        json.dump(result, handle)
    print(stream.covariance())


if __name__ == "__main__":
    main()

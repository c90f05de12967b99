"""Entry point."""
import json
import os

import numpy as np
import yaml

from src.model import CanonicalCorrelation
from src.views import make_views


def main():
    """Correlate and write."""
    config = yaml.safe_load(open("config.yaml"))
    x, y = make_views(config["samples"], config["seed"])
    model = CanonicalCorrelation().fit(x, y)
    check = np.corrcoef(x @ model.x_directions[:, 0], y @ model.y_directions[:, 0])[0, 1]
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"correlations": model.correlations.tolist(), "first": float(check)}, stream)
    print(model.correlations)


if __name__ == "__main__":
    main()

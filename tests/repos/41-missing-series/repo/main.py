"""Entry point."""
import json
import os

import yaml

from data_loader import load_series
from model import Autoregression


def main():
    """Estimate and write."""
    config = yaml.safe_load(open("config.yaml"))
    series = load_series(config["path"])
    model = Autoregression(config["order"]).fit(series)
    result = {"rows": len(series), "coefficients": model.coefficients.tolist(), "noise": model.noise}
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump(result, stream)
    print(result)


if __name__ == "__main__":
    main()

"""Entry point."""
import json
import os

import numpy as np

from model import Isotonic
from settings import load_settings


def main():
    """Fit and write."""
    settings = load_settings()
    rng = np.random.default_rng(settings.seed)
    values = np.sqrt(np.arange(settings.points)) + settings.noise * rng.normal(size=settings.points)
    fitted = Isotonic().fit(values)
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"fitted": fitted, "error": float(np.mean((values - fitted) ** 2))}, stream)
    print(len(set(fitted)), "levels")


if __name__ == "__main__":
    main()

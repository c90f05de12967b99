"""Entry point."""
import json
import os

import yaml

from simulation import simulate


def main():
    """Simulate and write."""
    curve, peak = simulate(yaml.safe_load(open("config.yaml")))
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"curve": curve, "peak": peak}, stream)
    print("peak", peak)


if __name__ == "__main__":
    main()

"""Entry point."""
import argparse
import json
import os

import yaml

from model import DifferentialEvolution


def main():
    """Evolve and write the best values."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True, help="the YAML file with the settings")
    args = parser.parse_args()
    with open(args.config) as stream:
        config = yaml.safe_load(stream)
    search = DifferentialEvolution(
        config["population"], config["dim"], config["weight"], config["crossover"], config["seed"]
    )
    best = [search.generation() for _ in range(config["generations"])]
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"best": best, "point": search.points[search.values.argmin()].tolist()}, stream)
    print(best[-1])


if __name__ == "__main__":
    main()

"""Entry point."""
import json
import os
import random

import yaml

from model import KDTree


def main():
    """Query at random and count the work."""
    config = yaml.safe_load(open("config.yaml"))
    rng = random.Random(config["seed"])
    points = [(rng.random(), rng.random()) for _ in range(config["points"])]
    tree = KDTree(points)
    result = {"distances": [], "visited": 0}
    for _ in range(config["queries"]):
        visited = []
        square, _ = tree.nearest((rng.random(), rng.random()), None, visited)
        result["distances"].append(square**0.5)
        result["visited"] += len(visited)
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump(result, stream)
    print(f"looked at {result["visited"]} points for {len(result["distances"])} queries")


if __name__ == "__main__":
    main()

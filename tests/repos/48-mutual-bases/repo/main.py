"""Entry point."""
import json
import os

import yaml

from model import TreeSearch
from node import Heap


def main():
    """Find the move."""
    config = yaml.safe_load(open("config.yaml"))
    print(Heap(config["heap"]))
    move, visits = TreeSearch(config["seed"]).best(config["heap"], config["playouts"])
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"move": move, "visits": visits}, stream)
    print("take", move)


if __name__ == "__main__":
    main()

"""Track the drift."""
import json
import os

import yaml

from model import RecursiveLeastSquares
from stream import drifting_line


def main():
    """Write errors and final weights."""
    config = yaml.safe_load(open("config.yaml"))
    filter_ = RecursiveLeastSquares(2, config["forgetting"])
    errors = [filter_.update(x, y) for x, y in drifting_line(config["steps"], config["seed"])]
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/rls.json", "w") as stream:
        json.dump({"errors": errors, "weights": filter_.weights.tolist()}, stream)
    print(filter_.weights)


if __name__ == "__main__":
    main()

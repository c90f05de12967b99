"""Transport one histogram into the other."""
import json
import os

import yaml

from model import Sinkhorn
from problem import make_problem


def main():
    """Solve and write the cost and the marginals' error."""
    config = yaml.safe_load(open("config.yaml"))
    cost, source, target = make_problem(config["bins"], config["seed"])
    plan = Sinkhorn(config["epsilon"], config["iterations"]).plan(cost, source, target)
    os.makedirs("outputs", exist_ok=True)
    result = {
        "cost": float((plan * cost).sum()),
        "rows": plan.sum(axis=1).tolist(),
        "error": float(abs(plan.sum(axis=0) - target).max()),
    }
    with open("outputs/transport.json", "w") as stream:
        json.dump(result, stream)
    print(result["cost"])


if __name__ == "__main__":
    main()

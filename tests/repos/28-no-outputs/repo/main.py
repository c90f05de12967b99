"""Entry point."""
import json
import os

import numpy as np
import yaml

from model import SelfOrganisingMap


def main():
    """Train and save the prototypes."""
    config = yaml.safe_load(open("config.yaml"))
    data = np.random.default_rng(config["seed"] + 1).random((500, 2))
    sheet = SelfOrganisingMap(config["side"], 2, config["seed"])
    before = sheet.error(data)
    sheet.fit(data, config["steps"])
    np.save(config["out"] + "/weights.npy", sheet.weights)
    result = {"before": before, "after": sheet.error(data)}
    with open(os.path.join(config["out"], "metrics.json"), "w") as stream:
        json.dump(result, stream)
    print(result)


if __name__ == "__main__":
    main()

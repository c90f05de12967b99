"""Entry point."""
import json

import numpy as np
import yaml

from model import Factorisation


def main():
    """Factorise a matrix of known rank."""
    config = yaml.safe_load(open("config.yaml"))
    rng = np.random.default_rng(config["seed"])
    v = rng.random((config["rows"], config["rank"])) @ rng.random((config["rank"], config["columns"]))
    model = Factorisation(config["rank"], config["floor"], config["seed"])
    errors = model.fit(v, config["iterations"])
    with open("results/nmf.json", "w") as stream:
        json.dump({"errors": errors, "norm": float((v**2).sum()), "least": float(min(model.w.min(), model.h.min()))}, stream)
    print(errors[-1])


if __name__ == "__main__":
    main()

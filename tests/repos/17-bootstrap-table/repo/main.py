"""Entry point."""
import json
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from model import Bootstrap


def make_groups(size, seed):
    """Three groups of log-normal values."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: rng.lognormal(mean, 0.5, size) for name, mean in (("a", 0.0), ("b", 0.5), ("c", 1.0))})


def main():
    """Collect one row for each group."""
    config = yaml.safe_load(Path("config.yaml").read_text())
    groups = make_groups(config["size"], config["seed"])
    model = Bootstrap(config["draws"], config["seed"])
    table = pd.DataFrame({"group": ["all"], "low": [0.0], "high": [float(groups.to_numpy().max())]})
    for name, values in groups.iteritems():
        low, high = model.interval(values)
        row = pd.DataFrame({"group": [name], "low": [low], "high": [high]})
        table = table.append(row, ignore_index=True)
    Path("outputs").mkdir(exist_ok=True)
    Path("outputs/metrics.json").write_text(json.dumps(table.to_dict(orient="records")))
    print(table)


if __name__ == "__main__":
    main()

"""Rank the pages."""
import json
from pathlib import Path

import pandas as pd
import yaml

from links import make_links
from model import PageRank


def main():
    """Write all ranks and the best pages."""
    config = yaml.safe_load(Path("config.yaml").read_text())
    links = make_links(config["pages"], config["links"], config["seed"])
    ranks = pd.Series(PageRank(config["damping"]).rank(links, config["pages"]))
    Path("outputs").mkdir(exist_ok=True)
    best = [int(page) for page in ranks.nlargest(5).index]
    Path("outputs/ranks.json").write_text(json.dumps({"ranks": ranks.tolist(), "best": best}))
    print(best)


if __name__ == "__main__":
    main()

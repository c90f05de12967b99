"""Entry point."""
import json
from pathlib import Path

import numpy as np
import yaml

from model import Ranker


def main():
    """Answer every query."""
    config = yaml.safe_load(Path("config.yaml").read_text())
    ranker = Ranker(Path(config["documents"]).read_text().splitlines(), config["smoothing"])
    answers = []
    for query in config["queries"]:
        scores = ranker.scores(query)
        best = np.argsort(scores)[::-1][: config["top"]]
        answers.append({"query": query, "best": [int(k) for k in best], "scores": scores})
    out = Path("outputs")
    out.mkdir(exist_ok=True)
    (out / "metrics.json").write_text(json.dumps(answers))
    print(answers)


if __name__ == "__main__":
    main()

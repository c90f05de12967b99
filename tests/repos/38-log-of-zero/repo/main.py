"""Entry point."""
import json
import os

import numpy as np
import yaml

from corpus import make_corpus
from model import NaiveBayes


def main():
    """Train on one half, test on the other."""
    config = yaml.safe_load(open("config.yaml"))
    counts, labels = make_corpus(config["documents"], config["words"], config["length"], config["seed"])
    half = len(labels) // 2
    model = NaiveBayes(config["alpha"]).fit(counts[:half], labels[:half])
    result = {
        "loss": model.loss(counts[half:], labels[half:]),
        "accuracy": float(np.mean(model.scores(counts[half:]).argmax(axis=1) == labels[half:])),
    }
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump(result, stream)
    print(result)


if __name__ == "__main__":
    main()

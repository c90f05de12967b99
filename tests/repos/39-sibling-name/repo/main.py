"""Entry point."""
import json
import os

import numpy as np
import yaml

from trainer import fit_topics


def main():
    """Fit counts drawn from known topics."""
    config = yaml.safe_load(open("config.yaml"))
    rng = np.random.default_rng(config["seed"])
    words = rng.dirichlet(np.full(config["words"], 0.3), config["topics"])
    mixtures = rng.dirichlet(np.ones(config["topics"]), config["documents"]) @ words
    counts = np.array([rng.multinomial(80, mixture) for mixture in mixtures])
    model, likelihoods = fit_topics(counts, config["topics"], config["iterations"], config["seed"])
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"likelihoods": likelihoods, "mixture": model.mixture().tolist()}, stream)
    print(likelihoods[-1])


if __name__ == "__main__":
    main()

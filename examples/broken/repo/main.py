"""Runs the experiment of the README."""

import argparse
import json

import numpy as np
import yaml

from src.data import make_data
from src.model import Ridge, closed_form
from src.trainer import Trainer


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", default="config.yaml")
    with open(parser.parse_args().config, encoding="utf-8") as stream:
        config = yaml.safe_load(stream)
    settings = config["train"]
    inputs, targets, truth = make_data(**config["data"], seed=config["seed"])
    model = Ridge(inputs.shape[1])
    trainer = Trainer(
        model, settings["learning_rate"], settings["weight_decay"], settings["batch_size"], config["seed"]
    )
    losses = trainer.fit(inputs, targets, settings["epochs"])
    best = closed_form(inputs, targets, settings["weight_decay"])
    metrics = {
        "first_loss": losses[0],
        "last_loss": losses[-1],
        "distance_to_closed_form": float(np.linalg.norm(model.weights - best)),
        "distance_to_truth": float(np.linalg.norm(model.weights - truth)),
    }
    print(metrics)
    with open("outputs/metrics.json", "w", encoding="utf-8") as stream:
        json.dump(metrics, stream, indent=2)


if __name__ == "__main__":
    main()

"""Table 1: two initialisations, with and without clipping."""

from __future__ import annotations

from typing import Any

import numpy as np

from network import Adam, clipped, forward, gradients, initialise
from task import baseline_error, batch


def train(kind: str, clip: bool, seed: int, config: dict[str, Any]) -> dict[str, float]:
    """Train one network; the final and the best error on the fixed test set."""
    rng = np.random.default_rng(seed)
    test_x, test_y = batch(config["test_size"], config["length"], np.random.default_rng(config["test_seed"]))
    p = initialise(config["hidden"], kind, rng)
    adam = Adam(p, config["beta1"], config["beta2"], config["epsilon"])
    errors: list[float] = []
    for update in range(config["updates"]):
        x, y = batch(config["batch_size"], config["length"], rng)
        grads = gradients(p, x, y)
        if clip:
            grads = clipped(grads, config["clip_norm"])
        rate = config["rate"] if update < config["updates"] // 2 else config["late_rate"]
        adam.update(p, grads, rate)
        if (update + 1) % config["test_every"] == 0 or update + 1 == config["updates"]:
            errors.append(float(np.mean((forward(p, test_x)[0] - test_y) ** 2)))
    return {"final": errors[-1], "best": min(errors)}


def all_tables(config: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Row -> final and best error, mean over the seeds; and the baseline on the same test set."""
    rows: dict[str, dict[str, float]] = {}
    for kind in ("identity", "random"):
        for clip in (True, False):
            runs = [train(kind, clip, seed, config) for seed in config["seeds"]]
            name = f"{kind}, {'clipped' if clip else 'not clipped'}"
            rows[name] = {key: float(np.mean([run[key] for run in runs])) for key in ("final", "best")}
    _, test_y = batch(config["test_size"], config["length"], np.random.default_rng(config["test_seed"]))
    rows["baseline"] = {"final": baseline_error(test_y), "best": baseline_error(test_y)}
    return rows

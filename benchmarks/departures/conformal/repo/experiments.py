"""Tables 1 and 2."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import Sample, draw
from intervals import METHODS, Interval, cqr, normalised, split
from regressors import Features

Array = NDArray[np.float64]
BUILD = {"split": split, "normalised": normalised, "cqr": cqr}


def coverage(interval: Interval, y: Array) -> float:
    """The share of responses inside of their interval."""
    low, high = interval
    return float(np.mean((low <= y) & (y <= high)))


def width(interval: Interval) -> float:
    """The mean width."""
    low, high = interval
    return float(np.mean(high - low))


def worst_group(interval: Interval, test: Sample, groups: int) -> float:
    """The lowest coverage over groups of equal size by x_1."""
    low, high = interval
    inside = (low <= test.y) & (test.y <= high)
    order = np.argsort(test.x[:, 0])
    return min(float(np.mean(inside[part])) for part in np.array_split(order, groups))


def one_seed(seed: int, alpha: float, config: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Method -> measures for one draw of the data and the features."""
    rng = np.random.default_rng(seed)
    d = config["inputs"]
    train, held, test = (draw(config[name], d, rng) for name in ("train", "calibration", "test"))
    features = Features(d, config["features"], config["length_scale"], rng)
    measures: dict[str, dict[str, float]] = {}
    for name in METHODS:
        interval = BUILD[name](train, held, test.x, alpha, features, config)
        measures[name] = {
            "coverage": coverage(interval, test.y),
            "width": width(interval),
            "worst_group": worst_group(interval, test, config["groups"]),
        }
    return measures


def averaged(alpha: float, config: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Method -> measures, mean over the seeds."""
    results = [one_seed(seed, alpha, config) for seed in range(config["seeds"])]
    return {
        name: {key: float(np.mean([result[name][key] for result in results])) for key in results[0][name]}
        for name in METHODS
    }


def all_tables(config: dict[str, Any]) -> dict[str, Any]:
    """Table 1 at the main level, Table 2 over the levels."""
    second = {
        str(alpha): {name: {key: row[key] for key in ("coverage", "width")} for name, row in rows.items()}
        for alpha in config["levels"]
        for rows in [averaged(alpha, config)]
    }
    return {"table_1": averaged(config["alpha"], config), "table_2": second}

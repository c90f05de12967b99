"""Tables 1 to 3."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphs import draw
from methods import METHODS, accuracy, run


def row(method: str, between: float, config: dict[str, Any]) -> dict[str, float]:
    """Mean and sample standard deviation of the test accuracy over the graphs."""
    scores: list[float] = []
    for seed in range(config["graphs"]):
        graph = draw(config, between, seed)
        scores.append(accuracy(run(method, graph, config).predicted, graph.labels, graph.test))
    deviation = float(np.std(scores, ddof=1)) if len(scores) > 1 else 0.0
    return {"mean": float(np.mean(scores)), "std": deviation}


def grid(config: dict[str, Any]) -> dict[str, float]:
    """Table 3: alpha -> mean validation accuracy."""
    graphs = [draw(config, config["between"], seed) for seed in range(config["graphs"])]
    results = [run("propagate", graph, config).by_alpha for graph in graphs]
    return {alpha: float(np.mean([result[alpha] for result in results])) for alpha in results[0]}


def all_tables(config: dict[str, Any]) -> dict[str, Any]:
    """The three tables."""
    return {
        "table_1": {method: row(method, config["between"], config) for method in METHODS},
        "table_2": {
            str(between): {method: row(method, between, config) for method in METHODS} for between in config["betweens"]
        },
        "table_3": grid(config),
    }

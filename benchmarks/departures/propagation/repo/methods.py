"""The classifier and the three methods (Section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphs import Graph

Array = NDArray[np.float64]
Index = NDArray[np.int64]
METHODS = ("none", "sgc", "propagate")


@dataclass(frozen=True)
class Result:
    """Predicted labels (n,), and for `propagate` the validation accuracy of each alpha."""

    predicted: Index
    by_alpha: dict[str, float]


def normalised(adjacency: Array) -> Array:
    """Eq. 1."""
    with_loops = adjacency + np.eye(len(adjacency))
    scale = 1.0 / np.sqrt(with_loops.sum(axis=1))
    return scale[:, None] * with_loops * scale[None, :]


def softmax(logits: Array) -> Array:
    """Row by row."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def fit(x: Array, labels: Index, classes: int, config: dict[str, Any]) -> tuple[Array, Array]:
    """Weights and biases of Eq. 2."""
    w = np.zeros((x.shape[1], classes))
    b = np.zeros(classes)
    wanted = np.eye(classes)[labels]
    for _ in range(config["steps"]):
        difference = (softmax(x @ w + b) - wanted) / len(x)
        w = w - config["rate"] * (x.T @ difference + config["penalty"] * w)
        b = b - config["rate"] * difference.sum(axis=0)
    return w, b


def propagated(logits: Array, matrix: Array, alpha: float, steps: int) -> Array:
    """Eq. 4."""
    z = logits
    for _ in range(steps):
        z = (1.0 - alpha) * (matrix @ z) + alpha * logits
    return z


def accuracy(predicted: Index, labels: Index, nodes: Index) -> float:
    """The share of the nodes that are predicted right."""
    return float(np.mean(predicted[nodes] == labels[nodes]))


def run(method: str, graph: Graph, config: dict[str, Any]) -> Result:
    """Train and predict."""
    matrix = normalised(graph.adjacency)
    x = graph.features
    if method == "sgc":
        for _ in range(config["hops"]):  # Eq. 3
            x = matrix @ x
    w, b = fit(x[graph.train], graph.labels[graph.train], config["classes"], config)
    logits = x @ w + b
    if method != "propagate":
        return Result(logits.argmax(axis=1), {})
    by_alpha: dict[str, float] = {}
    best, predicted = -1.0, logits.argmax(axis=1)
    for alpha in sorted(config["alphas"]):
        guess = propagated(logits, matrix, alpha, config["propagation_steps"]).argmax(axis=1)
        score = accuracy(guess, graph.labels, graph.validation)
        by_alpha[str(alpha)] = score
        if score > best:
            best, predicted = score, guess
    return Result(predicted, by_alpha)

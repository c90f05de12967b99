"""Stochastic block models with features and splits (Section 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Graph:
    """Adjacency (n, n), features (n, d), labels (n,), and the nodes of each part."""

    adjacency: Array
    features: Array
    labels: Index
    train: Index
    validation: Index
    test: Index


def draw(config: dict[str, Any], between: float, seed: int) -> Graph:
    """One graph."""
    rng = np.random.default_rng(seed)
    n, classes = config["nodes"], config["classes"]
    labels = np.repeat(np.arange(classes), n // classes)
    same = labels[:, None] == labels[None, :]
    chance = np.where(same, config["within"], between)
    upper = np.triu(rng.random((n, n)) < chance, k=1)
    adjacency = (upper | upper.T).astype(np.float64)
    means = rng.standard_normal((classes, config["features"]))
    features = means[labels] + config["noise"] * rng.standard_normal((n, config["features"]))
    train, rest = _split(labels, config["train_per_class"], rng)
    validation, test = rest[: config["validation"]], rest[config["validation"] :]
    return Graph(adjacency, _standardised(features, train), labels, train, validation, test)


def _split(labels: Index, per_class: int, rng: np.random.Generator) -> tuple[Index, Index]:
    order = rng.permutation(len(labels))
    chosen = np.concatenate([order[labels[order] == c][:per_class] for c in np.unique(labels)])
    return chosen, order[~np.isin(order, chosen)]


def _standardised(features: Array, train: Index) -> Array:
    mean = features[train].mean(axis=0)
    deviation = features[train].std(axis=0)
    return (features - mean) / deviation

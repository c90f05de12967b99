"""Split, normalised and quantile conformal intervals (Section 3)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import Sample
from regressors import Features, Quantile, Ridge

Array = NDArray[np.float64]
Interval = tuple[Array, Array]
METHODS = ("split", "normalised", "cqr")


def conformal_quantile(scores: Array, alpha: float) -> float:
    """Eq. 2: the ceil((n + 1)(1 - alpha))-th smallest score; infinite where n is too small."""
    n = len(scores)
    rank = math.ceil((n + 1) * (1.0 - alpha))
    return float(np.sort(scores)[rank - 1]) if rank <= n else float("inf")


def split(train: Sample, held: Sample, x: Array, alpha: float, features: Features, config: dict[str, Any]) -> Interval:
    """Intervals of one width."""
    model = Ridge(features, config["ridge"]).fit(train.x, train.y)
    q = conformal_quantile(np.abs(held.y - model.predict(held.x)), alpha)
    centre = model.predict(x)
    return centre - q, centre + q


def normalised(
    train: Sample, held: Sample, x: Array, alpha: float, features: Features, config: dict[str, Any]
) -> Interval:
    """Intervals whose width follows a model of the absolute residuals (Eq. 3)."""
    model = Ridge(features, config["ridge"]).fit(train.x, train.y)
    spread = Ridge(features, config["ridge"]).fit(train.x, np.abs(train.y - model.predict(train.x)))
    sigma = np.maximum(spread.predict(held.x), config["floor"])
    q = conformal_quantile(np.abs(held.y - model.predict(held.x)) / sigma, alpha)
    half = q * np.maximum(spread.predict(x), config["floor"])
    centre = model.predict(x)
    return centre - half, centre + half


def cqr(train: Sample, held: Sample, x: Array, alpha: float, features: Features, config: dict[str, Any]) -> Interval:
    """Conformalised quantile regression (Eqs. 4 and 5)."""
    low = Quantile(features, alpha / 2.0, config["quantile_steps"], config["quantile_rate"]).fit(train.x, train.y)
    high = Quantile(features, 1.0 - alpha / 2.0, config["quantile_steps"], config["quantile_rate"]).fit(
        train.x, train.y
    )
    scores = np.maximum(low.predict(held.x) - held.y, held.y - high.predict(held.x))
    q = conformal_quantile(scores, alpha)
    return low.predict(x) - q, high.predict(x) + q

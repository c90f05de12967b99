import numpy as np
import pytest
from running import follows_the_seed, load, smoke


def test_losses_by_eigenvalues():
    smoke()
    found = load("outputs/metrics.json")
    values = np.geomspace(0.01, 1, 12)
    x, y, losses = np.ones(12), np.ones(12), []
    for _ in range(120):
        losses.append(0.5 * (values * x * x).sum())
        x, y = (1 - values) * (x + 9 / 11 * (x - y)), x
    assert found["losses"] == pytest.approx(losses, rel=1e-6, abs=1e-12)
    assert found["trace"] == pytest.approx(values.sum()) and found["losses"][-1] < 1e-6


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

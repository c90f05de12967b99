import numpy as np
import pytest
from running import follows_the_seed, load, smoke


def test_errors_are_recomputed():
    smoke()
    found = load("results/nmf.json")
    rng = np.random.default_rng(101)
    v = rng.random((30, 3)) @ rng.random((3, 20))
    rng = np.random.default_rng(101)
    w, h, errors = rng.random((30, 3)) + 0.1, rng.random((3, 20)) + 0.1, []
    for _ in range(400):
        errors.append(np.linalg.norm(v - w @ h) ** 2)
        h = h * (w.T @ v) / (w.T @ w @ h)
        w = w * (v @ h.T) / (w @ h @ h.T)
    assert found["errors"] == pytest.approx(errors, rel=1e-3) and found["norm"] == pytest.approx((v * v).sum())
    assert all(b <= a + 1e-12 for a, b in zip(found["errors"], found["errors"][1:])) and found["least"] >= 0


def test_results_follow_the_seed():
    assert follows_the_seed("results/nmf.json")

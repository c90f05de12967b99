import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_optimality_conditions():
    smoke()
    found = load("outputs/lasso.json")
    rng = np.random.default_rng(17)
    truth = np.zeros(100)
    truth[rng.choice(100, 5, replace=False)] = rng.choice([-2.0, 2.0], 5)
    x = rng.normal(size=(60, 100))
    y = x @ truth + 0.05 * rng.normal(size=60)
    w = np.array(found["weights"])
    slope = x.T @ (y - x @ w) / 60
    assert np.abs(slope).max() < 0.1 + 1e-3
    assert slope[w != 0] == pytest.approx(0.1 * np.sign(w[w != 0]), abs=1e-3)
    assert set(np.flatnonzero(truth)) <= set(found["support"]) and found["truth"] == truth.tolist()


def test_threshold():
    out = probe("""
import numpy as np
from model import soft_threshold
print(json.dumps(soft_threshold(np.array([-3.0, -.5, 0, 2]), 1.0).tolist()))
""")
    assert out == [-2, 0, 0, 1]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/lasso.json")

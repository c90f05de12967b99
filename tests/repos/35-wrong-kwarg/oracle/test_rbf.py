import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_weights_with_the_width_and_ridge_of_the_configuration():
    smoke()
    found = load("outputs/metrics.json")
    rng = np.random.default_rng(121)
    x = rng.uniform(-3, 3, 120)
    y = np.sinc(x) + 0.05 * rng.normal(size=120)
    phi = np.exp(-2 * (x[:, None] - np.linspace(-3, 3, 15)) ** 2)
    stacked = np.vstack([phi, 0.01 * np.eye(15)])
    w = np.linalg.lstsq(stacked, np.append(y, np.zeros(15)), rcond=None)[0]
    assert found["weights"] == pytest.approx(w, rel=1e-4, abs=1e-6)
    assert found["train"] == pytest.approx(np.mean((phi @ w - y) ** 2)) and found["test"] < 0.002


def test_one_bump():
    out = probe("""
from model import RadialNetwork
n = RadialNetwork([0.0], 1.0).fit([0.0], [2.0]); print(json.dumps(n.predict([0.0, 1.0]).tolist()))
""")
    assert out == pytest.approx([2, 2 * np.exp(-0.5)])


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

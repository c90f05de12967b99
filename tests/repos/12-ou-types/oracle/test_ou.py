import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_the_estimate_is_recomputed_and_near_the_truth():
    smoke()
    found = load("outputs/metrics.json")
    decay = np.exp(-1.5 * 0.05)
    scale = 0.6 * np.sqrt((1 - decay**2) / 3.0)
    x = [0.0]
    for z in np.random.default_rng(41).normal(size=3000):
        x.append(decay * x[-1] + scale * z)
    x = np.array(x) + 2
    b = np.cov(x[:-1], x[1:])
    slope = b[0, 1] / b[0, 0]
    assert found["rate"] == pytest.approx(-np.log(slope) / 0.05, rel=1e-6)
    assert found["level"] == pytest.approx((x[1:].mean() - slope * x[:-1].mean()) / (1 - slope), rel=1e-6)
    assert found["noise"] == pytest.approx(0.6, rel=0.05)


def test_without_noise_the_path_stays_level():
    assert probe("""
from types import SimpleNamespace
from model import simulate
print(json.dumps(simulate(SimpleNamespace(rate=1.0, level=3.0, noise=0.0), 4, .1, 0).tolist()))
""") == [3, 3, 3, 3, 3]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

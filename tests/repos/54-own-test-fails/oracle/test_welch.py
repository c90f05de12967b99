import statistics

import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def welch(a, b):
    p, q = statistics.variance(a) / len(a), statistics.variance(b) / len(b)
    freedom = (p + q) ** 2 / (p**2 / (len(a) - 1) + q**2 / (len(b) - 1))
    return (statistics.fmean(a) - statistics.fmean(b)) / (p + q) ** 0.5, freedom


def test_results():
    smoke()
    found = load("outputs/metrics.json")
    rng = np.random.default_rng(291)
    pairs = [(rng.normal(1, 1, 20).tolist(), rng.normal(0, 3, 30).tolist()) for _ in range(200)]
    assert found["mean"] == pytest.approx(np.mean([welch(*pair)[0] for pair in pairs]))
    assert found["freedom"] == pytest.approx([welch(*pair)[1] for pair in pairs])


def test_small_samples():
    a, b = [1.0, 4.0, 2.0], [0.0, 9.0]
    assert probe(f"from model import Welch\nw = Welch({a}, {b})\nprint(json.dumps([w.statistic(), w.freedom()]))") == pytest.approx(welch(a, b))


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

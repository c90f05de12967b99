import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def minimax(y):
    sums = np.concatenate([[0.0], np.cumsum(y)])
    n = len(y)
    return [max(min((sums[b] - sums[a]) / (b - a) for b in range(k + 1, n + 1)) for a in range(k + 1)) for k in range(n)]


def test_fit_by_the_minimax_formula():
    smoke()
    found = load("outputs/metrics.json")
    y = np.sqrt(np.arange(80)) + 0.4 * np.random.default_rng(261).normal(size=80)
    assert found["fitted"] == pytest.approx(minimax(y))
    assert found["error"] == pytest.approx(np.mean((y - minimax(y)) ** 2))


def test_falling_values_become_their_mean():
    assert probe("from model import Isotonic\nprint(json.dumps(Isotonic().fit([3, 2, 1, 5])))") == [2, 2, 2, 5]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json", "settings.py", seed="261")

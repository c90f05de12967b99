import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_all_rows_at_once():
    smoke()
    found = load("outputs/metrics.json")
    x = np.random.default_rng(271).normal(size=(250, 3)) @ [[1, 1, 1], [0, 1, 1], [0, 0, 1]]
    assert found["sizes"] == [25] * 10 and found["mean"] == pytest.approx(x.mean(0))
    assert np.array(found["covariance"]) == pytest.approx(np.cov(x.T))


def test_no_row_is_lost():
    assert probe("""
from loader import batches
print(json.dumps([list(batches(list(range(n)), 3)) for n in (6, 7, 2, 0)]))
""") == [[[0, 1, 2], [3, 4, 5]], [[0, 1, 2], [3, 4, 5], [6]], [[0, 1]], []]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

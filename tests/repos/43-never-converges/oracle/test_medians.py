import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_the_centres_are_a_fixed_point():
    smoke()
    found = load("outputs/metrics.json")
    truth = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 6.0]])
    x = truth[np.arange(150) % 3] + np.random.default_rng(201).laplace(size=(150, 2))
    c = np.array(found["centres"])
    near = np.abs(x[:, None] - c).sum(2)
    assert found["cost"] == pytest.approx(near.min(1).sum()) and 1 < found["rounds"] < 40
    for k in range(3):
        assert c[k] == pytest.approx(np.median(x[near.argmin(1) == k], axis=0))
        assert np.abs(truth - c[k]).sum(1).min() < 1


def test_two_heaps():
    assert sorted(probe("""
import numpy as np
from model import KMedians
x = np.array([[0.0], [1], [2], [50], [51], [55]]); print(json.dumps(KMedians(2, 3).fit(x, 4)[0].ravel().tolist()))
""")) == [1, 51]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

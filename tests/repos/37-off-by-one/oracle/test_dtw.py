from functools import lru_cache

import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def warp(a, b):
    @lru_cache(None)
    def d(i, j):
        if i < 0 or j < 0:
            return 0.0 if i == j == -1 else np.inf
        return abs(a[i] - b[j]) + min(d(i - 1, j), d(i, j - 1), d(i - 1, j - 1))

    return d(len(a) - 1, len(b) - 1)


def test_distance_and_path():
    smoke()
    found = load("outputs/metrics.json")
    w = np.sin(np.arange(65) / 5) + 0.02 * np.random.default_rng(141).normal(size=65)
    a, b = w[:60], w[5:]
    path = found["path"]
    assert found["distance"] == pytest.approx(warp(a, b)) and found["distance"] < 0.5 * found["straight"]
    assert path[0] == [0, 0] and path[-1] == [59, 59]
    assert found["distance"] == pytest.approx(sum(abs(a[i] - b[j]) for i, j in path))
    assert {(c - a, d - b) for (a, b), (c, d) in zip(path, path[1:])} <= {(0, 1), (1, 0), (1, 1)}


def test_lengths_may_differ():
    a, b = [1.0, 3.0, 2.0, 2.0], [1.0, 2.5, 2.0]
    assert probe(f"from model import TimeWarping\nprint(json.dumps(TimeWarping().align({a}, {b})[0]))") == pytest.approx(warp(a, b))


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

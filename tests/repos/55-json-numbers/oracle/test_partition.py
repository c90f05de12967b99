import itertools

import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def cost(y, starts):
    parts = np.split(np.asarray(y), starts[1:])
    return sum(((p - p.mean()) ** 2).sum() for p in parts) + 4.0 * (len(parts) - 1)


def test_segments():
    smoke()
    found = load("outputs/metrics.json")
    y = np.repeat([0.0, 3.0, 1.0], [40, 25, 35]) + 0.5 * np.random.default_rng(301).normal(size=100)
    starts = found["starts"]
    assert len(starts) == 3 and starts == pytest.approx([0, 40, 65], abs=2)
    assert found["cost"] == pytest.approx(cost(y, starts)) and all(isinstance(start, int) for start in starts)
    for near in itertools.product((-2, -1, 0, 1, 2), repeat=2):
        assert found["cost"] <= cost(y, [0, starts[1] + near[0], starts[2] + near[1]]) + 1e-9


def test_short_series_by_enumeration():
    y = [0.0, 0.2, 5.0, 5.1, -3.0, -3.2]
    out = probe(f"from model import Partitioning\ns, c = Partitioning(4.0).fit({y})\nprint(json.dumps([[int(k) for k in s], float(c)]))")
    every = [[0, *inner] for n in range(6) for inner in itertools.combinations(range(1, 6), n)]
    assert out[0] == min(every, key=lambda s: cost(y, s)) and out[1] == pytest.approx(min(cost(y, s) for s in every))


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

import math

import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_every_entry():
    smoke()
    found = load("outputs/metrics.json")
    q, k, v = np.random.default_rng(311).normal(size=(3, 9, 8))
    entropies = []
    for i in range(9):
        for part in (slice(0, 4), slice(4, 8)):
            e = [math.exp(q[i, part] @ k[j, part] / 2) for j in range(9)]
            p = np.array(e) / sum(e)
            entropies.append(-(p * np.log(p)).sum())
            assert found["out"][i][part] == pytest.approx(p @ v[:, part])
    assert found["entropy"] == pytest.approx(np.mean(entropies))


def test_large_scores_stay_finite():
    out = probe("""
import numpy as np
from model import Attention
print(json.dumps(Attention(1).weights(np.array([[1000.0]]), np.array([[1.0], [-1.0]])).tolist()))
""")
    assert out == [[[1, 0]]]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

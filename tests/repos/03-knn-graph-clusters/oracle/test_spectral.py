from running import follows_the_seed, load, probe, smoke


def test_rings_are_told_apart():
    smoke()
    found = load("outputs/metrics.json")
    assert found["spectral"] == 1.0 and 0.5 <= found["kmeans"] < 0.8 and abs(found["gap"]) < 1e-8


def test_far_groups():
    out = probe("""
import numpy as np
from evaluation import agreement
from model import bisect
r = np.random.default_rng(1); t = np.arange(40) % 2
labels, gap = bisect(r.normal(size=(40, 2)) + 50 * t[:, None], 6)
print(json.dumps([agreement(t, labels), sorted(set(labels.tolist()))]))
""")
    assert out == [1.0, [0, 1]]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

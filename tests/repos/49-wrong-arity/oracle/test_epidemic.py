import numpy as np
from running import follows_the_seed, load, probe, smoke


def test_the_curve_is_recomputed():
    smoke()
    found = load("outputs/metrics.json")
    a = np.triu(np.random.default_rng(251).random((120, 120)) < 0.05, 1)
    a = (a + a.T).astype(float)
    rng, s, curve = np.random.default_rng(251), np.array([1] * 3 + [0] * 117), []
    for _ in range(60):
        u, v = rng.random(120), rng.random(120)
        new = (s == 0) & (u > 0.85 ** (a @ (s == 1)))
        old = (s == 1) & (v < 0.2)
        s = np.where(new, 1, np.where(old, 2, s))
        curve.append([int((s == k).sum()) for k in range(3)])
    assert found["curve"] == curve and found["peak"] == max(row[1] for row in curve) > 10


def test_nobody_is_lost():
    assert probe("""
import numpy as np
from model import Epidemic
e = Epidemic(np.ones((5, 5)), 1.0, 1.0, 0); print(json.dumps([e.day(), e.day()]))
""") == [[0, 2, 3], [0, 0, 5]]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

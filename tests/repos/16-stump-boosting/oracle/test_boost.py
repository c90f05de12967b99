import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def boost(x, y, rounds):
    w, score = np.full(len(y), 1 / len(y)), np.zeros(len(y))
    bound = 1.0
    h = np.array([np.where(x[:, f] > t, 1, -1) for f in range(2) for t in np.unique(x[:, f])])
    h = np.stack([h, -h], axis=1).reshape(-1, len(y))
    for _ in range(rounds):
        errors = (h != y) @ w
        e = errors.min()
        score += 0.5 * np.log((1 - e) / e) * h[errors.argmin()]
        bound *= 2 * np.sqrt(e * (1 - e))
        w = w * np.where(h[errors.argmin()] == y, 0.5 / (1 - e), 0.5 / e)
    return score, bound


def test_error_and_bound():
    smoke()
    found = load("outputs/metrics.json")
    rng = np.random.default_rng(15)
    x = rng.uniform(-1, 1, (200, 2))
    y = np.where(x.sum(1) + 0.1 * rng.normal(size=200) > 0, 1, -1)
    score, bound = boost(x, y, 25)
    assert found["bound"] == pytest.approx(bound, rel=0.2) and found["error"] <= found["bound"]
    assert found["error"] == pytest.approx(np.mean(np.sign(score) != y), abs=0.02) and found["labelled"] == 200


def test_stump():
    out = probe("""
import numpy as np
from model import best_stump
s, e = best_stump(np.array([[0.0], [1], [2], [3]]), np.array([1, 1, -1, -1]), np.full(4, .25))
print(json.dumps([float(s.threshold), s.sign, e]))
""")
    assert out == [1, -1, 0]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

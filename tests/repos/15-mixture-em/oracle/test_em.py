import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_likelihood_rises_to_the_recomputed_fit():
    smoke()
    found = load("outputs/metrics.json")
    rng = np.random.default_rng(25)
    first = rng.random(400) < 1 / 3
    x = np.where(first, rng.normal(-2, 0.5, 400), rng.normal(1.5, 1.0, 400))
    m, v, w = np.array([[-1.0], [1.0]]), np.ones((2, 1)), np.full((2, 1), 0.5)
    for _ in range(60):
        p = w * np.exp(-((x - m) ** 2) / (2 * v)) / np.sqrt(2 * np.pi * v)
        r = p / p.sum(0)
        n = r.sum(1, keepdims=True)
        w, m = n / 400, (r * x).sum(1, keepdims=True) / n
        v = (r * (x - m) ** 2).sum(1, keepdims=True) / n
    assert found["means"] == pytest.approx(m.ravel()) and found["weights"] == pytest.approx(w.ravel())
    steps = found["likelihoods"]
    assert len(steps) == 60 and all(b >= a - 1e-12 for a, b in zip(steps, steps[1:]))


def test_density():
    out = probe("""
import numpy as np
from model import Mixture
print(json.dumps(Mixture([0.0]).densities(np.array([0.0, 1.0])).ravel().tolist()))
""")
    assert out == pytest.approx([0.39894228, 0.24197072])


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_moments():
    smoke()
    found = load("outputs/moments.json")
    z = np.random.default_rng(31).normal(size=8000)
    y, xs, ys = 0.0, [], []
    for a, b in z.reshape(-1, 2):
        xs.append(0.8 * y + 0.6 * a)
        y = 0.8 * xs[-1] + 0.6 * b
        ys.append(y)
    assert found["last"] == pytest.approx([xs[-1], ys[-1]])
    assert found["mean"] == pytest.approx([np.mean(xs), np.mean(ys)])
    assert found["covariance"][0][1] == pytest.approx(0.8, abs=0.1)


def test_independent_pair():
    out = probe("""
import numpy as np
from sampler import GibbsSampler
d = GibbsSampler(0.0, 1).sample(5); print(json.dumps(d.ravel().tolist()))
""")
    assert out == pytest.approx(np.random.default_rng(1).normal(size=10))


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/moments.json")

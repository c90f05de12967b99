import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_the_numbers_of_the_text_are_used():
    smoke()
    values = load("outputs/metrics.json")["values"]
    rng = np.random.default_rng(231)
    x = rng.uniform(-5, 5, (20, 4))
    v, p, w = np.zeros((20, 4)), x.copy(), np.array([1, 2, 3, 4])
    wanted = []
    for _ in range(150):
        g = p[(p * p @ w).argmin()]
        a = rng.random((20, 4))
        b = rng.random((20, 4))
        v = 0.7298 * (v + 2.05 * a * (p - x) + 2.05 * b * (g - x))
        x = x + v
        p = np.where(((x * x @ w) < (p * p @ w))[:, None], x, p)
        wanted.append((p * p @ w).min())
    assert values[:40] == pytest.approx(wanted[:40], rel=1e-6) and values[-1] < 1e-8


def test_function():
    assert probe("import numpy as np\nfrom model import ellipsoid\nprint(json.dumps(ellipsoid(np.ones((2, 3))).tolist()))") == [6, 6]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

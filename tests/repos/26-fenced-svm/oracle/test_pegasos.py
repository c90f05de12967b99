import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_near_the_optimum_of_a_subgradient_method():
    smoke()
    found = load("outputs/metrics.json")
    rng = np.random.default_rng(12)
    y = rng.choice([-1.0, 1.0], 160)
    x = np.hstack([rng.normal(size=(160, 2)) + 1.5 * y[:, None], np.ones((160, 1))])
    f = lambda w: 0.025 * w @ w + np.maximum(0, 1 - y * (x @ w)).mean()
    w, least = np.zeros(3), np.inf
    for t in range(1, 6000):
        w = w - (0.05 * w - (x * y[:, None])[y * (x @ w) < 1].sum(0) / 160) / (0.05 * t)
        least = min(least, f(w))
    assert least - 1e-9 <= found["objective"] < 1.1 * least + 0.01
    assert found["objective"] == pytest.approx(f(np.array(found["weights"]))) and found["accuracy"] > 0.95


def test_objective_at_zero_and_first_step():
    out = probe("""
import numpy as np
from model import Pegasos
from objective import hinge_objective
x, y = np.array([[2.0, 1.0]]), np.array([-1.0])
print(json.dumps([hinge_objective(np.zeros(2), x, y, 1.0), Pegasos(0.5, 0).fit(x, y, 1).weights.tolist()]))
""")
    assert out == [1, [-4, -2]]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

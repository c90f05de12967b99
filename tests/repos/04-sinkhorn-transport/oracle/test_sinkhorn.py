import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_plan_is_the_fixed_point_of_matrix_scaling():
    smoke()
    found = load("outputs/transport.json")
    rng = np.random.default_rng(8)
    a, b = rng.dirichlet(np.ones(20)), rng.dirichlet(np.ones(20))
    x = np.linspace(0, 1, 20)
    cost = (x[:, None] - x) ** 2
    kernel, v = np.exp(-cost / 0.05), np.ones(20)
    for _ in range(3000):
        u = a / (kernel @ v)
        v = b / (kernel.T @ u)
    plan = u[:, None] * kernel * v
    assert found["cost"] == pytest.approx((plan * cost).sum(), rel=1e-4)
    assert found["rows"] == pytest.approx(a, abs=1e-5) and found["error"] < 1e-8


def test_equal_histograms_cost_less_than_distant_ones():
    out = probe("""
import numpy as np
from model import Sinkhorn
c = np.array([[0.0, 1.0], [1.0, 0.0]]); s = Sinkhorn(0.02, 200); h = np.array([.5, .5])
print(json.dumps([float((s.plan(c, h, h) * c).sum()), s.plan(c, h, np.array([.9, .1])).tolist()]))
""")
    assert out[0] < 1e-8
    assert np.array(out[1]) == pytest.approx(np.array([[0.5, 0.0], [0.4, 0.1]]), abs=1e-6)


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/transport.json")

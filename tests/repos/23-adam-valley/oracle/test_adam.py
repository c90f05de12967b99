import random

import pytest
from running import follows_the_seed, load, probe, smoke


def test_the_path_is_recomputed():
    smoke()
    found = load("outputs/metrics.json")
    rng = random.Random(0)
    x, y = -1.2 + rng.uniform(-0.1, 0.1), 1 + rng.uniform(-0.1, 0.1)
    m, v = 0j, [0.0, 0.0]
    for t in range(1, 1501):
        g = complex(-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x))
        m = 0.9 * m + 0.1 * g
        v = [0.999 * v[0] + 0.001 * g.real**2, 0.999 * v[1] + 0.001 * g.imag**2]
        c = 0.02 / (1 - 0.9**t)
        x -= c * m.real / ((v[0] / (1 - 0.999**t)) ** 0.5 + 1e-8)
        y -= c * m.imag / ((v[1] / (1 - 0.999**t)) ** 0.5 + 1e-8)
    assert found["end"] == pytest.approx([x, y], rel=1e-4) and len(found["losses"]) == 1500
    assert found["losses"][-1] < 0.1 < found["losses"][0]


def test_gradient():
    assert probe("from model import rosenbrock\nprint(json.dumps(rosenbrock(0.0, 1.0)))") == [101, [-2, 200]]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

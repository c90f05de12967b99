import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_the_default_of_the_code_is_what_counts():
    smoke()
    found = load("outputs/metrics.json")
    x, path = 1.0, []
    for z in np.random.default_rng(61).normal(size=6000):
        x += 0.01 * 4 * (x - x**3) + 0.1 * z
        path.append(x)
    path = np.array(path)
    assert found["last"] == pytest.approx(x, abs=1e-6) and found["square"] == pytest.approx((path**2).mean())
    assert found["crossings"] == ((path[1:] > 0) != (path[:-1] > 0)).sum() > 2


def test_without_heat_it_rests_in_the_well():
    assert probe("""
from model import DoubleWell
print(json.dumps(DoubleWell(.01, 0.0).path(3, 0).tolist() + [DoubleWell(.1, 1.0, 2.0).force(.5)]))
""") == [1, 1, 1, 3]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

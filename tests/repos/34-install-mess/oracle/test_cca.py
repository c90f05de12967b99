import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_correlations_by_the_eigenvalue_problem():
    smoke()
    found = load("outputs/metrics.json")
    rng = np.random.default_rng(111)
    s = rng.normal(size=400)
    x, y = rng.normal(size=(2, 400, 3))
    x[:, 0] += 2 * s
    y[:, 0] += 2 * s
    c = np.cov(np.hstack([x, y]).T)
    squares = np.linalg.eigvals(np.linalg.inv(c[:3, :3]) @ c[:3, 3:] @ np.linalg.inv(c[3:, 3:]) @ c[3:, :3])
    assert found["correlations"] == pytest.approx(np.sqrt(np.sort(squares.real)[::-1]))
    assert found["first"] == pytest.approx(found["correlations"][0]) and 0.7 < found["first"] < 0.9


def test_same_views():
    assert probe("""
import numpy as np
from model import CanonicalCorrelation
x = np.random.default_rng(0).normal(size=(9, 2))
print(json.dumps(CanonicalCorrelation().fit(x, x @ [[1.0, 2.0], [0.0, 3.0]]).correlations.tolist()))
""") == pytest.approx([1, 1])


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

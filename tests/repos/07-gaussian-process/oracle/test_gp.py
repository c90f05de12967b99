import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_posterior_by_plain_inverses():
    smoke()
    found = load("outputs/posterior.json")
    rng = np.random.default_rng(21)
    x = rng.uniform(-3, 3, (40, 1))
    y = np.sin(x[:, 0]) + 0.1 * rng.normal(size=40)
    k = lambda a, b: np.exp(-((a - b.T) ** 2) / 0.98)
    grid, cov = np.linspace(-3, 3, 13)[:, None], k(x, x) + 0.01 * np.eye(40)
    inverse = np.linalg.inv(cov)
    assert found["mean"] == pytest.approx(k(grid, x) @ inverse @ y, abs=1e-6)
    assert found["variance"] == pytest.approx(1 - np.diag(k(grid, x) @ inverse @ k(x, grid)), abs=1e-6)
    evidence = -0.5 * (y @ inverse @ y + np.linalg.slogdet(2 * np.pi * cov)[1])
    assert found["evidence"] == pytest.approx(evidence, rel=1e-8)


def test_far_away_it_knows_nothing():
    out = probe("""
import numpy as np
from model import GaussianProcess
m, v = GaussianProcess(1.0, .1).fit(np.zeros((1, 1)), np.ones(1)).predict(np.array([[0.0], [40.0]]))
print(json.dumps([m.tolist(), v.tolist()]))
""")
    assert out[0] == pytest.approx([1 / 1.01, 0]) and out[1] == pytest.approx([1 - 1 / 1.01, 1])


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/posterior.json", "config.py", "SEED = 3")

import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_variances_are_the_eigenvalues():
    smoke()
    found = load("outputs/metrics.json")
    rng = np.random.default_rng(4)
    turn, _ = np.linalg.qr(rng.normal(size=(4, 4)))
    x = (rng.normal(size=(300, 4)) * [3.0, 1.5, 0.6, 0.3]) @ turn.T
    values = np.linalg.eigvalsh(np.cov(x.T, bias=True))[::-1]
    assert found["variances"] == pytest.approx(values[:2], rel=1e-6)
    assert found["error"] == pytest.approx(values[2:].sum() / 4, rel=1e-6)


def test_reconstruction_of_low_rank_data_is_exact():
    assert probe("""
import numpy as np
from model import PowerPCA
x = np.outer(np.arange(5.0) - 2, [1.0, 2.0, 2.0])
print(json.dumps(float(abs(PowerPCA(1).fit(x, 30).reconstruct(x) - x).max())))
""") < 1e-9


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

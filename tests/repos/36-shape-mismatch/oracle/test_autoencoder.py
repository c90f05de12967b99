import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_the_principal_subspace_is_reached():
    smoke()
    found = load("outputs/metrics.json")
    x = np.random.default_rng(131).normal(size=(200, 6)) * [2.0, 1.5, 0.2, 0.2, 0.2, 0.2]
    rest = (np.linalg.svd(x, compute_uv=False)[2:] ** 2).sum() / 200
    assert len(found["losses"]) == 800 and found["final"] == pytest.approx(rest, rel=0.02)
    assert found["losses"][0] > 3 * found["final"]


def test_gradients_by_differences():
    out = probe("""
import numpy as np
from model import LinearAutoencoder
x = np.random.default_rng(0).normal(size=(7, 4)); m = LinearAutoencoder(4, 2, 1); a, b = m.gradients(x)
def slope(w):
    w[1, 1] += 1e-5; up = m.loss(x); w[1, 1] -= 2e-5; down = m.loss(x); w[1, 1] += 1e-5; return (up - down) / 2e-5
print(json.dumps([a[1, 1], slope(m.encoder), b[1, 1], slope(m.decoder), list(a.shape), list(b.shape)]))
""")
    assert out[0] == pytest.approx(out[1], rel=1e-5) and out[2] == pytest.approx(out[3], rel=1e-5)
    assert out[4:] == [[4, 2], [2, 4]]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

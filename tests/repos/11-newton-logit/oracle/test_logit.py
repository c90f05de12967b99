import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_the_gradient_vanishes_at_the_solution():
    smoke()
    found = load("outputs/metrics.json")
    rng = np.random.default_rng(3)
    x = np.hstack([np.ones((200, 1)), rng.normal(size=(200, 2))])
    y = (rng.random(200) < 1 / (1 + np.exp(-x @ [0.3, 1.5, -2.0]))).astype(float)
    w = np.array(found["weights"])
    assert np.abs(x.T @ (1 / (1 + np.exp(-x @ w)) - y) / 200 + 0.01 * w).max() < 1e-9
    assert len(found["norms"]) == 8 and found["norms"][-1] < 1e-6 < found["norms"][0]
    assert found["accuracy"] == pytest.approx(((x @ w > 0) == (y > 0)).mean())


def test_balanced_labels_give_zero():
    out = probe("""
import numpy as np
from model import NewtonLogit
print(json.dumps(NewtonLogit(.1).fit(np.ones((4, 1)), np.array([0.0, 1, 0, 1]), 3)[0].tolist()))
""")
    assert out == pytest.approx([0])


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

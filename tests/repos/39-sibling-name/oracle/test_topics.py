import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_likelihood():
    smoke()
    found = load("outputs/metrics.json")
    rng = np.random.default_rng(161)
    words = rng.dirichlet(np.full(15, 0.3), 3)
    n = np.array([rng.multinomial(80, m) for m in rng.dirichlet(np.ones(3), 24) @ words])
    rng = np.random.default_rng(161)
    theta, beta = rng.dirichlet(np.ones(3), 24), rng.dirichlet(np.ones(15), 3)
    for _ in range(60):
        share = theta[:, :, None] * beta
        share = n[:, None] * share / share.sum(1, keepdims=True)
        theta, beta = share.sum(2), share.sum(0)
        theta, beta = theta / theta.sum(1, keepdims=True), beta / beta.sum(1, keepdims=True)
    assert np.array(found["mixture"]) == pytest.approx(theta @ beta, abs=1e-8)
    steps = found["likelihoods"]
    assert len(steps) == 60 and all(b >= a - 1e-9 for a, b in zip(steps, steps[1:]))


def test_one_topic_is_the_average():
    out = probe("""
import numpy as np
from model import LatentTopics
m = LatentTopics(2, 2, 1, 0); m.step(np.array([[3, 1], [1, 3]])); print(json.dumps(m.words.tolist()))
""")
    assert np.array(out) == pytest.approx(np.array([[0.5, 0.5]]))


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

import math

import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_smoothed_loss():
    smoke()
    found = load("outputs/metrics.json")
    rng = np.random.default_rng(151)
    t = rng.integers(2, size=60)
    lean = np.linspace(3, 0.05, 40)
    topics = np.stack([lean, lean[::-1]]) / lean.sum()
    n = np.array([rng.multinomial(12, topics[c]) for c in t])
    loss, right = 0.0, 0
    for doc, c in zip(n[30:], t[30:]):
        joint = []
        for k in (0, 1):
            words = n[:30][t[:30] == k].sum(0) + 1.0
            joint.append(math.log(np.mean(t[:30] == k)) + float(doc @ np.log(words / words.sum())))
        loss += math.log1p(math.exp(joint[1 - c] - joint[c])) / 30
        right += joint[c] > joint[1 - c]
    assert found["loss"] == pytest.approx(loss) and found["accuracy"] == pytest.approx(right / 30)


def test_alpha_smooths():
    out = probe("""
import numpy as np
from model import NaiveBayes
m = NaiveBayes(1.0).fit(np.array([[2, 0], [0, 2]]), np.array([0, 1])); print(json.dumps(np.exp(m.log_words).tolist()))
""")
    assert np.array(out) == pytest.approx(np.array([[0.75, 0.25], [0.25, 0.75]]))


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

import math

import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_the_game_is_replayed():
    smoke()
    found = load("outputs/metrics.json")
    rng, n, s = np.random.default_rng(50), np.zeros(3), np.zeros(3)
    for t in range(1500):
        arm = int(np.argmin(n)) if (n == 0).any() else int(np.argmax(s / n + np.sqrt(2 * math.log(t) / n)))
        s[arm] += rng.random() < [0.2, 0.5, 0.75][arm]
        n[arm] += 1
    assert found["counts"] == n.tolist() and found["sums"] == s.tolist() and n[2] > 1000
    assert found["regret"][-1] == pytest.approx(n @ [0.55, 0.25, 0.0])


def test_every_arm_is_tried_first():
    out = probe("""
from model import UpperConfidence
p = UpperConfidence(2); a = p.choose(); p.learn(a, 1.0); b = p.choose(); p.learn(b, 0.0)
print(json.dumps([a, b, p.choose(), p.bound(0, 2)]))
""")
    assert out == [0, 1, 0, pytest.approx(1 + math.sqrt(2 * math.log(2)))]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

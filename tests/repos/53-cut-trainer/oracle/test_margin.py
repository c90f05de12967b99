import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_updates():
    smoke()
    found = load("outputs/metrics.json")
    rng = np.random.default_rng(281)
    y = rng.choice([-1, 1], 100)
    x = rng.uniform(-1, 1, (100, 3)) + 1.2 * y[:, None] * np.array([1.0, 1.0, 0.0])
    w, counts = np.zeros(3), []
    while not counts or (counts[-1] and len(counts) < 200):
        counts.append(0)
        for point, label in zip(x * y[:, None], y):
            if point @ w <= 0.5:
                w, counts[-1] = w + point, counts[-1] + 1
    assert found["counts"] == counts and counts[-1] == 0 and found["weights"] == pytest.approx(w)


def test_epochs_are_the_most():
    assert probe("""
import numpy as np
from model import MarginPerceptron
from trainer import train
print(json.dumps(train(MarginPerceptron(1, 0.0), np.array([[1.0], [1.0]]), [1, -1], 3)))
""") == [2, 2, 2]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

import pytest
from running import follows_the_seed, load, probe, smoke


def test_many_beat_one():
    smoke()
    found = load("outputs/metrics.json")
    assert found["tested"] == 90 and 0.09 < found["bagged"] < 0.8 * found["single"]


def test_the_mean_of_the_members():
    out = probe("""
import numpy as np
from model import Bagging
x = np.arange(12.0)[:, None]; m = Bagging(4, 2, 0).fit(x, x[:, 0] * 2)
print(json.dumps([m.predict(x[:3]).tolist(), [t.predict(x[:3]).tolist() for t in m.members]]))
""")
    assert out[0] == pytest.approx([sum(column) / 4 for column in zip(*out[1])])


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

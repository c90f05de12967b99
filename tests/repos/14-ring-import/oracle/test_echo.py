import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_prediction_is_near_the_noise():
    smoke()
    found = load("outputs/metrics.json")
    assert 0.015 < found["rmse"] < 0.08 and found["radius"] == pytest.approx(0.9)


def test_ridge_and_states():
    out = probe("""
import numpy as np
from trainer import solve_ridge
from model import EchoState
n = EchoState(3, .5, 0); s = n.states([1.0, 0.0])
print(json.dumps([solve_ridge(np.eye(2), np.array([2.0, 4.0]), 1.0).tolist(), s.tolist(), n.recurrent.tolist(), n.inward.tolist()]))
""")
    ridge, states, recurrent, inward = (np.array(item) for item in out)
    assert ridge == pytest.approx([1, 2])
    assert states[0] == pytest.approx(np.tanh(inward))
    assert states[1] == pytest.approx(np.tanh(recurrent @ states[0]))


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

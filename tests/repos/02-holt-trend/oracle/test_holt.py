import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_forecast_is_recomputed():
    smoke()
    found = load("results/forecast.json")
    rng = np.random.default_rng(9)
    y = 50 + 1.7 * np.arange(72) + rng.normal(0, 4, 72)
    state = np.array([y[1], y[1] - y[0]])
    move, gain = np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([0.4, 0.08])
    misses = []
    for value in y[2:]:
        state = move @ state
        misses.append(value - state[0])
        state = state + gain * misses[-1]
    assert found["forecast"] == pytest.approx([state[0] + k * state[1] for k in range(1, 7)])
    assert found["mae"] == pytest.approx(np.abs(misses).mean()) and found["last"] == "2020-12"


def test_a_line_is_followed_exactly():
    out = probe("""
from model import HoltTrend
m = HoltTrend(.3, .6); m.fit([2.0 * k + 1 for k in range(12)]); print(json.dumps(m.forecast(3)))
""")
    assert out == pytest.approx([25, 27, 29])


def test_results_follow_the_seed():
    assert follows_the_seed("results/forecast.json")

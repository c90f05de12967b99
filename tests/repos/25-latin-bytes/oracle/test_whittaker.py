import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_stationarity():
    smoke()
    found = load("outputs/metrics.json")
    truth = np.cos(np.linspace(0, 6, 120))
    y = truth + 0.3 * np.random.default_rng(38).normal(size=120)
    z = np.array(found["values"])
    bend = np.convolve(z, [1, -2, 1], "valid")
    assert y - z == pytest.approx(50 * np.convolve(bend, [1, -2, 1]), abs=1e-8)
    assert found["after"] == pytest.approx(np.mean((z - truth) ** 2)) and found["after"] < 0.3 * found["before"]


def test_a_line_stays():
    assert probe("""
import numpy as np
from model import Whittaker
print(json.dumps(Whittaker(1e4).smooth(np.arange(6.0)).round(6).tolist()))
""") == pytest.approx([0, 1, 2, 3, 4, 5])


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

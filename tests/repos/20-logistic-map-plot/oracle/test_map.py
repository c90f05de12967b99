import numpy as np
import pytest
from running import REPO, follows_the_seed, load, probe, smoke


def test_periods_and_picture():
    smoke()
    found = load("outputs/metrics.json")
    rates = np.linspace(2.5, 4.0, 60)
    for rate, period, high in zip(rates, found["periods"], found["highest"]):
        if rate < 2.95:
            assert period == 1 and high == pytest.approx(1 - 1 / rate)
        if 3.05 < rate < 3.44:
            assert period == 2
        assert high <= rate / 4 + 1e-9
    assert found["periods"][-1] > 30
    picture = (REPO / "outputs/bifurcation.png").read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) > 4000


def test_orbit():
    assert probe("""
from model import LogisticMap
print(json.dumps(LogisticMap(2.0).orbit(0, 2, .25).tolist()))
""") == [0.375, 0.46875]


def test_results_follow_the_settings():
    assert follows_the_seed("outputs/metrics.json", line="low: 2.7")

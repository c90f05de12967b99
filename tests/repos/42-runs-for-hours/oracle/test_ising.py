import pytest
from running import follows_the_seed, load, probe, smoke


def test_order_is_lost_with_heat():
    smoke()
    rows = load("outputs/metrics.json")
    assert [row["temperature"] for row in rows] == [1.5, 2.0, 2.27, 2.6, 3.5]
    assert rows[0]["magnetisation"] > 0.9 > 0.6 > rows[-1]["magnetisation"]
    assert rows[0]["energy"] == pytest.approx(-1.95, abs=0.08) and rows[-1]["energy"] > -1.1


def test_energies():
    out = probe("""
from model import Ising
m = Ising(4, 2.0, 0); a = [m.energy(), m.magnetisation()]; m.spins[1][2] = -1
print(json.dumps(a + [m.energy(), m.magnetisation(), m.field(1, 1)]))
""")
    assert out == [-2, 1, -2 + 8 / 16, 1 - 2 / 16, 2]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

import numpy as np
import pytest
from running import REPO, follows_the_seed, load, probe, smoke


def test_cycle():
    smoke()
    found = load("figures/metrics.json")
    x, y = 10.0, 5.0
    for _ in range(150000):
        x, y = x + 2e-4 * (1.1 * x - 0.4 * x * y), y + 2e-4 * (0.1 * x * y - 0.4 * y)
    assert abs(found["drift"]) < 1e-5 and found["end"] == pytest.approx([x, y], rel=0.02)
    assert (REPO / "figures/cycle.png").read_bytes().startswith(b"\x89PNG")


def test_equilibrium():
    out = probe("""
from model import LotkaVolterra
s = LotkaVolterra([1.0, .5, .25, .5]); print(json.dumps(s.solve([2.0, 2.0], .1, 5)[-1].tolist() + s.slope([1.0, 1.0]).tolist()))
""")
    assert out == pytest.approx([2, 2, 0.5, -0.25]) and np.isfinite(out).all()


def test_results_follow_the_settings():
    assert follows_the_seed("figures/metrics.json", line="steps: 900")

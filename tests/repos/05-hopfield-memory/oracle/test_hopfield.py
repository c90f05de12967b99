import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_patterns_are_recalled():
    smoke()
    found = load("outputs/recall.json")
    assert len(found["overlaps"]) == 5 and min(found["overlaps"]) > 0.95
    for energies in found["energies"]:
        assert len(energies) == 6 and energies[-1] < energies[0]
        assert all(b <= a + 1e-9 for a, b in zip(energies, energies[1:]))
    p = np.random.default_rng(6).choice([-1.0, 1.0], (5, 120))
    lowest = [-0.5 * (((p @ q) ** 2).sum() / 120 - 5) for q in p]
    assert [e[-1] for e in found["energies"]] == pytest.approx(lowest, rel=0.05)


def test_one_pattern_is_an_attractor():
    out = probe("""
import numpy as np
from model import Hopfield
p = np.array([1.0, -1, 1, 1, -1, -1, 1]); n = Hopfield(p[None])
c = p.copy(); c[:2] *= -1
print(json.dumps([n.recall(c, 2, np.random.default_rng(0))[0].tolist(), n.energy(p)]))
""")
    assert out[0] == [1, -1, 1, 1, -1, -1, 1] and out[1] == pytest.approx(-3.0)


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/recall.json")

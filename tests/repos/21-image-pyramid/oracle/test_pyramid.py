import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_the_image_comes_back():
    smoke()
    found = load("outputs/metrics.json")
    assert found["rest"] == [8, 8] and found["error"] < 1e-5
    waves = np.sin(np.arange(64) / 6)
    image = np.outer(waves, waves) + 0.1 * np.random.default_rng(7).normal(size=(64, 64))
    assert found["mean"] == pytest.approx(image.mean(), abs=0.03)
    assert len(found["energies"]) == 3 and 0.004 < found["energies"][0] < 0.012
    assert found["energies"][1] < found["energies"][0]


def test_a_flat_image_has_no_details():
    out = probe("""
import numpy as np
from model import Pyramid
d, r = Pyramid(2).split(np.full((16, 16), 3.0)); print(json.dumps([float(abs(d[0]).max()), r.tolist()]))
""")
    assert out[0] < 1e-5 and np.array(out[1]) == pytest.approx(np.full((4, 4), 3.0))


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

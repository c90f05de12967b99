import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_deviations():
    smoke()
    found = load("outputs/metrics.json")
    rng = np.random.default_rng(41)
    narrow, wide = rng.normal(size=60), 3.0 * rng.normal(size=60)
    assert found["deviations"]["narrow"] == pytest.approx(np.abs(narrow - narrow.mean()).mean())
    assert found["deviations"]["wide"] == pytest.approx(np.abs(wide - wide.mean()).mean())
    assert found["diagonal"] == pytest.approx(narrow[::2].sum() + wide[1::2].sum())


def test_two_rows():
    out = probe("""
import pandas as pd
from model import deviations, diagonal
frame = pd.DataFrame({"a": [1.0, 5.0], "b": [2.0, 8.0]})
print(json.dumps([deviations(frame).tolist(), [float(x) for x in diagonal(frame)]]))
""")
    assert out == [[2.0, 3.0], [1.0, 8.0]]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

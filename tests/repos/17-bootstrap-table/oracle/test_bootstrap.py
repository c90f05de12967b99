import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_intervals():
    smoke()
    rows = load("outputs/metrics.json")
    assert [row["group"] for row in rows] == ["all", "a", "b", "c"]
    rng = np.random.default_rng(35)
    groups = [rng.lognormal(mean, 0.5, 40) for mean in (0.0, 0.5, 1.0)]
    for row, values in zip(rows[1:], groups):
        picks = np.random.default_rng(35).integers(40, size=(300, 40))
        medians = np.sort(np.median(values[picks], axis=1))
        assert row["low"] == pytest.approx(np.percentile(medians, 5)) and row["low"] < np.median(values) < row["high"]
        assert row["high"] == pytest.approx(np.percentile(medians, 95))
    assert rows[0]["high"] == pytest.approx(max(g.max() for g in groups))


def test_a_constant_has_no_width():
    assert probe("""
from model import Bootstrap
print(json.dumps(Bootstrap(20, 0).interval([2.0] * 5).tolist()))
""") == [2, 2]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

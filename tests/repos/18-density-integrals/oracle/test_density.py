import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_integrals():
    smoke()
    found = load("outputs/metrics.json")
    sample = np.random.default_rng(27).normal(size=150)
    fine = np.linspace(-7, 7, 20001)
    p = np.mean([np.exp(-((fine - s) ** 2) / 0.18) for s in sample], axis=0) / (0.3 * np.sqrt(2 * np.pi))
    assert found["total"] == pytest.approx(1, abs=1e-4)
    assert found["middle"] == pytest.approx(p[10000])
    assert found["entropy"] == pytest.approx(-(p * np.log(p)).sum() * 7e-4, abs=1e-3)


def test_one_point():
    out = probe("""
from model import KernelDensity
print(json.dumps(KernelDensity([1.0], 2.0).log_density([1.0, 5.0]).tolist()))
""")
    assert out == pytest.approx([np.log(1 / (2 * np.sqrt(2 * np.pi))), np.log(1 / (2 * np.sqrt(2 * np.pi))) - 2])


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_ranks_solve_the_linear_system():
    smoke()
    found = load("outputs/ranks.json")
    rng = np.random.default_rng(5)
    weight = np.arange(1, 31) / 465
    pairs = zip(rng.integers(30, size=140), rng.choice(30, 140, p=weight))
    links = {(int(s), int(t)) for s, t in pairs if s != t}
    m = np.zeros((30, 30))
    for s, t in links:
        m[t, s] = 1
    m = np.where(m.sum(0) > 0, m / np.maximum(m.sum(0), 1), 1 / 30)
    ranks = np.linalg.solve(np.eye(30) - 0.85 * m, np.full(30, 0.15 / 30))
    assert found["ranks"] == pytest.approx(ranks, abs=1e-9) and sum(found["ranks"]) == pytest.approx(1)
    assert found["best"] == list(np.argsort(-ranks)[:5])


def test_a_ring_is_uniform():
    out = probe("""
import pandas as pd
from model import PageRank
print(json.dumps(PageRank(.5).rank(pd.DataFrame({"source": [0, 1, 2], "target": [1, 2, 0]}), 3).tolist()))
""")
    assert out == pytest.approx([1 / 3] * 3)


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/ranks.json")

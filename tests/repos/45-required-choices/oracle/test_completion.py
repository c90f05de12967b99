import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_settings_of_the_paper():
    smoke()
    found = load("outputs/metrics.json")
    rng = np.random.default_rng(221)
    t = rng.normal(size=(30, 2)) @ rng.normal(size=(2, 25))
    m = rng.random((30, 25)) < 0.7
    v = np.random.default_rng(221).normal(size=(25, 2))
    for _ in range(30):
        u = np.stack([np.linalg.lstsq(np.vstack([v[k], 0.1**0.5 * np.eye(2)]), np.append(r[k], [0, 0]), rcond=None)[0] for r, k in zip(t, m)])
        v = np.stack([np.linalg.lstsq(np.vstack([u[k], 0.1**0.5 * np.eye(2)]), np.append(r[k], [0, 0]), rcond=None)[0] for r, k in zip(t.T, m.T)])
    assert found["rank"] == 2 and found["unseen"] == pytest.approx(np.sqrt(np.mean((u @ v.T - t)[~m] ** 2)), rel=1e-4)
    assert found["seen"] < found["unseen"] < 0.5


def test_a_full_table_of_rank_one():
    out = probe("""
import numpy as np
from model import Completion
t = np.outer([1.0, 2, 3], [4.0, 5]); print(json.dumps(Completion(1, 1e-9, 0).fit(t, t > 0, 5).ravel().tolist()))
""")
    assert out == pytest.approx([4, 5, 8, 10, 12, 15])


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_nearly_greedy_values():
    smoke()
    found = load("outputs/metrics.json")
    bonus = 0.005 * np.log(0.5)
    last = (10 + bonus) / 0.1
    values = [last]
    for _ in range(7):
        values.insert(0, 0.9 * values[0] + bonus)
    assert found["values"] == pytest.approx(values, rel=1e-6)
    assert np.array(found["policy"])[:, 1] == pytest.approx(np.ones(8))


def test_warm_values_by_plain_formula():
    out = probe("""
import numpy as np
from model import SoftChain
c = SoftChain(3, .5, 2.0); v, p = c.solve(200); q = c.reward + .5 * v[c.next]
print(json.dumps([v.tolist(), q.tolist(), p.tolist(), c.soft_max(np.array([[1000.0, 0.0]])).tolist()]))
""")
    v, q, p = (np.array(item) for item in out[:3])
    assert v == pytest.approx(2 * np.log(np.exp(q / 2).mean(1)))
    assert p == pytest.approx(np.exp(q / 2) / np.exp(q / 2).sum(1, keepdims=True))
    assert out[3] == pytest.approx([1000 + 2 * np.log(0.5)])


def test_results_follow_the_settings():
    assert follows_the_seed("outputs/metrics.json", line="discount: 0.8")

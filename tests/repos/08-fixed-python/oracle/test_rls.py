import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_weights_solve_the_weighted_normal_equations():
    smoke()
    found = load("outputs/rls.json")
    rng = np.random.default_rng(13)
    rows, values = [], []
    for step in range(250):
        rows.append([1.0, rng.normal()])
        values.append(rows[-1][0] * 0.5 + rows[-1][1] * np.sin(step / 80) + 0.05 * rng.normal())
    x, y, w = np.array(rows), np.array(values), 0.95 ** np.arange(249, -1, -1)
    normal = x.T @ (w[:, None] * x) + 0.95**250 / 100 * np.eye(2)
    assert found["weights"] == pytest.approx(np.linalg.solve(normal, x.T @ (w * y)), rel=1e-5)
    assert len(found["errors"]) == 250 and np.std(found["errors"][50:]) < 0.2


def test_an_exact_line_is_found():
    out = probe("""
import numpy as np
from model import RecursiveLeastSquares
f = RecursiveLeastSquares(2, 1.0, 1e9)
for x in range(6): f.update(np.array([1.0, x]), 2 - 3.0 * x)
print(json.dumps(f.weights.tolist()))
""")
    assert out == pytest.approx([2, -3], abs=1e-5)


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/rls.json")

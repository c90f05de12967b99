import numpy as np
import pytest
from running import follows_the_seed, load, probe, smoke


def test_it_only_improves():
    smoke()
    found = load("outputs/metrics.json")
    best, x = found["best"], np.array(found["point"])
    assert len(best) == 120 and all(b <= a for a, b in zip(best, best[1:])) and best[-1] < 1 < best[0]
    assert best[-1] == pytest.approx(30 + (x**2 - 10 * np.cos(2 * np.pi * x)).sum(), abs=1e-9)
    start = np.random.default_rng(81).uniform(-5, 5, (30, 3))
    assert best[0] <= (30 + (start**2 - 10 * np.cos(2 * np.pi * start)).sum(1)).min() + 1e-9


def test_function():
    assert probe("import numpy as np\nfrom model import rastrigin\nprint(json.dumps([rastrigin(np.zeros(2)), rastrigin(np.ones(4))]))") == [
        0,
        pytest.approx(4),
    ]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

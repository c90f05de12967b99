import random

import pytest
from running import follows_the_seed, load, probe, smoke


def test_distances_by_scanning():
    said = smoke()
    found = load("outputs/metrics.json")
    rng = random.Random(91)
    points = [complex(rng.random(), rng.random()) for _ in range(400)]
    wanted = []
    for _ in range(50):
        q = complex(rng.random(), rng.random())
        wanted.append(min(abs(p - q) for p in points))
    assert found["distances"] == pytest.approx(wanted) and 50 < found["visited"] < 400 * 50 / 5
    assert said.strip() == f"looked at {found['visited']} points for 50 queries"


def test_one_point():
    assert probe("from model import KDTree\nprint(json.dumps(KDTree([(1, 2)]).nearest((4, 6))))") == [25, [1, 2]]


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

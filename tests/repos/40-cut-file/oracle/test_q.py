import pytest
from running import follows_the_seed, load, probe, smoke


def test_the_shortest_way_is_learned():
    smoke()
    found = load("outputs/metrics.json")
    path = found["path"]
    assert path[0] == [0, 0] and path[-1] == [4, 4] and len(path) == 9
    assert all(abs(a - c) + abs(b - d) == 1 for (a, b), (c, d) in zip(path, path[1:]))
    assert found["value"] == pytest.approx(-8, abs=0.01)
    steps = found["steps"]
    assert len(steps) == 400 and min(steps) >= 8 and sum(steps[-50:]) < sum(steps[:50])


def test_an_untrained_learner_gives_up():
    path, steps = probe("""
from model import QLearner
q = QLearner(3, .5, 0.0, 0); q.values[:] = [0, 1, 0, 0]
p = q.greedy_path(); r = QLearner(2, 1.0, .3, 1); n = [r.episode() for _ in range(60)]
print(json.dumps([p, r.greedy_path()]))
""")
    assert 9 <= len(path) <= 10 and {tuple(cell) for cell in path} == {(0, 0)} and len(steps) == 3


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

import numpy as np
import pytest
from running import REPO, follows_the_seed, load, probe, smoke


def test_the_sheet_covers_and_keeps_its_order():
    smoke()
    found = load("results/som/metrics.json")
    w = np.load(REPO / "results/som/weights.npy")
    data = np.random.default_rng(72).random((500, 2))
    gap = np.sqrt(((data[:, None] - w) ** 2).sum(-1)).min(1).mean()
    assert found["after"] == pytest.approx(gap) and gap < 0.1 and w.shape == (36, 2)
    start = np.random.default_rng(71).random((36, 2))
    assert found["before"] == pytest.approx(np.sqrt(((data[:, None] - start) ** 2).sum(-1)).min(1).mean())
    sheet = w.reshape(6, 6, 2)
    near = np.linalg.norm(np.diff(sheet, axis=0), axis=-1).mean()
    assert near < 0.25 < np.linalg.norm(sheet[0, 0] - sheet[5, 5])


def test_winner():
    assert probe("""
import numpy as np
from model import SelfOrganisingMap
m = SelfOrganisingMap(2, 1, 0); m.weights = np.array([[0.0], [1], [2], [3]])
print(json.dumps([m.winner(np.array([2.2])), m.error(np.array([[0.5], [3.0]]))]))
""") == [2, 0.25]


def test_results_follow_the_seed():
    assert follows_the_seed("results/som/metrics.json")

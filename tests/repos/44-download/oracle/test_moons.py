import numpy as np
from running import follows_the_seed, load, probe, smoke


def test_moons_are_told_apart():
    smoke()
    found = load("outputs/metrics.json")
    assert found["rows"] == 200 and 0.95 < found["accuracy"] <= 1 and 5 < found["mistakes"] < 600


def test_votes_are_replayed():
    out = probe("""
import numpy as np
from model import VotedPerceptron
r = np.random.default_rng(4); x = r.normal(size=(30, 2)); y = np.sign(x[:, 0] + .2)
m = VotedPerceptron(8, 1); n = m.fit(x, y, 3)
print(json.dumps([m.lift(x).tolist(), x.tolist(), y.tolist(), n, m.predict(x).tolist()]))
""")
    lifted, y, w, votes, alive = np.array(out[0]), np.array(out[2]), np.zeros(8), np.zeros(30), 0
    mistakes = 0
    for k in list(range(30)) * 3:
        if y[k] * (lifted[k] @ w) <= 0:
            votes += alive * np.sign(lifted @ w)
            w, alive, mistakes = w + y[k] * lifted[k], 0, mistakes + 1
        alive += 1
    votes += alive * np.sign(lifted @ w)
    assert out[3] == mistakes and out[4] == np.sign(votes).tolist()


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json")

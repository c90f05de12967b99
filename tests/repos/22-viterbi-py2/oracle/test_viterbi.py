import itertools
import math

import pytest
from running import follows_the_seed, load, probe, smoke

STAY = {"fair": 0.95, "loaded": 0.9}
FACES = {"fair": [1 / 6] * 6, "loaded": [0.1] * 5 + [0.5]}


def value(path, throws):
    p = math.log(0.5)
    for k, state in enumerate(path):
        if k:
            p += math.log(STAY[path[k - 1]] if path[k - 1] == state else 1 - STAY[path[k - 1]])
        p += math.log(FACES[state][throws[k]])
    return p


def test_decoding():
    smoke()
    found = load("outputs/metrics.json")
    assert len(found["path"]) == 300 and found["right"] > 0.7
    assert found["value"] == pytest.approx(value(found["path"], found["throws"]))


def test_short_sequences_by_enumeration():
    throws = [5, 5, 0, 5, 5, 1, 2, 5]
    path, score = probe(f"""
from model import Casino
print(json.dumps(Casino({STAY!r}, {FACES!r}).decode({throws!r})))
""")
    best = max(itertools.product(STAY, repeat=8), key=lambda one: value(one, throws))
    assert path == list(best) and score == pytest.approx(value(best, throws))


def test_results_follow_the_seed():
    assert follows_the_seed("outputs/metrics.json", "settings.py", "SEED = 8")

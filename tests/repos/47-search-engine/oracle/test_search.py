import math

import pytest
from running import REPO, follows_the_seed, load, probe, smoke


def cosines(texts, query, smoothing):
    docs = [text.split() for text in texts]
    vocabulary = sorted({word for doc in docs for word in doc})
    idf = [math.log((len(docs) + smoothing) / (sum(w in d for d in docs) + smoothing)) + 1 for w in vocabulary]
    rows = [[d.count(w) * i for w, i in zip(vocabulary, idf)] for d in [*docs, query.split()]]
    return [math.sumprod(r, rows[-1]) / math.hypot(*r) / math.hypot(*rows[-1]) if hasattr(math, "sumprod")
            else sum(a * b for a, b in zip(r, rows[-1])) / math.hypot(*r) / math.hypot(*rows[-1]) for r in rows[:-1]]


def test_answers():
    smoke()
    first, second = load("outputs/metrics.json")
    texts = (REPO / "documents.txt").read_text().splitlines()
    assert len(texts) == 5 and first["best"] == [1, 0] and second["best"][0] == 2
    for answer in (first, second):
        assert answer["scores"] == pytest.approx(cosines(texts, answer["query"], 1.0))


def test_smoothing_counts():
    texts = ["a b", "a c c"]
    for smoothing in (0.0, 2.0):
        out = probe(f"from model import Ranker\nprint(json.dumps(Ranker({texts}, {smoothing}).scores('a c')))")
        assert out == pytest.approx(cosines(texts, "a c", smoothing))


def test_results_follow_the_settings():
    assert follows_the_seed("outputs/metrics.json", line="top: 1")

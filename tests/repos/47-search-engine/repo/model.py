"""Cosine ranking."""
from collections import Counter

from index import Index


class Ranker:
    """Ranks texts by the cosine of the angle to a query."""

    def __init__(self, texts, smoothing):
        self.index = Index(texts, smooth_idf=smoothing)
        self.vectors = [self.index.vector(counts) for counts in self.index.words]

    def scores(self, query):
        """Cosine of every text."""
        wanted = self.index.vector(Counter(query.lower().split()))
        length = np.sqrt(sum(v * v for v in wanted.values())) or 1.0
        out = []
        for vector in self.vectors:
            dot = sum(value * wanted.get(word, 0.0) for word, value in vector.items())
            out.append(float(dot / length / np.sqrt(sum(v * v for v in vector.values()))))
        return out

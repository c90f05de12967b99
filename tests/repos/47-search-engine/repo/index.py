"""Inverse document frequencies."""
import math
from collections import Counter


class Index:
    """Term weights of a collection."""

    def __init__(self, texts, smoothing=0.0):
        self.words = [Counter(text.lower().split()) for text in texts]
        found = Counter(word for counts in self.words for word in counts)
        size = len(texts) + smoothing
        self.weights = {word: math.log(size / (count + smoothing)) + 1 for word, count in found.items()}

    def vector(self, counts):
        """Weighted counts of the words that the collection has."""
        return {word: n * self.weights[word] for word, n in counts.items() if word in self.weights}

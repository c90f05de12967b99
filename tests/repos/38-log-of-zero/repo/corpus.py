"""Two topics over one vocabulary."""
import numpy as np


def make_corpus(documents, words, length, seed):
    """Word counts and topics; each topic prefers one half of the words."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(2, size=documents)
    lean = np.linspace(3, 0.05, words)
    topics = np.stack([lean / lean.sum(), lean[::-1] / lean.sum()])
    return np.array([rng.multinomial(length, topics[c]) for c in labels]), labels

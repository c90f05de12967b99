"""Probabilistic latent semantic analysis."""
import numpy as np


class LatentTopics:
    """Topics of documents and words of topics."""

    def __init__(self, documents, words, topics, seed):
        rng = np.random.default_rng(seed)
        self.of_documents = rng.dirichlet(np.ones(topics), documents)
        self.words = rng.dirichlet(np.ones(words), topics)

    def mixture(self):
        """Word probabilities of every document."""
        return self.of_documents @ self.words

    def step(self, counts):
        """One EM step; return the log likelihood before it."""
        mixture = self.mixture()
        ratio = counts / mixture
        of_documents = self.of_documents * (ratio @ self.words.T)
        words = self.words * (self.of_documents.T @ ratio)
        self.of_documents = of_documents / of_documents.sum(axis=1, keepdims=True)
        self.words = words / words.sum(axis=1, keepdims=True)
        return float((counts * np.log(mixture)).sum())

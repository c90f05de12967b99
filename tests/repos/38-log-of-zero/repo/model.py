"""Multinomial naive Bayes."""
import numpy as np


class NaiveBayes:
    """Two classes, word counts, Laplace smoothing."""

    def __init__(self, alpha):
        self.alpha = alpha

    def fit(self, counts, labels):
        """Estimate log priors and log word probabilities."""
        self.log_prior = np.log(np.bincount(labels, minlength=2) / len(labels))
        totals = np.array([counts[labels == c].sum(axis=0) for c in (0, 1)])
        self.log_words = np.log(totals / totals.sum(axis=1, keepdims=True))
        return self

    def scores(self, counts):
        """Joint log probabilities, shape (documents, 2)."""
        return counts @ self.log_words.T + self.log_prior

    def loss(self, counts, labels):
        """Mean negative log posterior of the true class."""
        scores = self.scores(counts)
        top = scores.max(axis=1, keepdims=True)
        log_posterior = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
        return float(-log_posterior[np.arange(len(labels)), labels].mean())

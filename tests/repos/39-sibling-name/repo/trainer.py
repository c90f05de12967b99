"""Fits topics to counts."""
from model import build_topic_model


def fit_topics(counts, topics, iterations, seed):
    """Return the model and the log likelihood before every step."""
    model = build_topic_model(counts.shape, topics, seed)
    return model, [model.step(counts) for _ in range(iterations)]

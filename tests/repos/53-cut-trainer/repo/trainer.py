"""Training."""


def train(model, x, y, epochs):
    """Return the number of updates of every epoch; an epoch without one is the last."""
    counts = []
    for _ in range(epochs):
        counts.append(sum(model.update(
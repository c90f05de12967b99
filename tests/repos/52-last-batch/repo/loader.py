"""Batches of rows."""


def batches(rows, size):
    """Yield consecutive batches; the last one may be shorter, none is empty."""
    for number in range(len(rows) // size + 1):
        yield rows[number * size : (number + 1) * size]

"""Deviations of the columns of a frame."""
import numpy as np
import pandas as pd


def sample(seed, rows):
    """A frame of two columns with different spreads."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"narrow": rng.normal(size=rows), "wide": 3.0 * rng.normal(size=rows)})


def deviations(frame):
    """Mean absolute deviation of each column."""
    return frame.mad()


def diagonal(frame):
    """One cell of each row, from the columns in turn."""
    columns = [frame.columns[row % len(frame.columns)] for row in range(len(frame))]
    return frame.lookup(frame.index, columns)

"""Monthly counts with a trend."""
import numpy as np
import pandas as pd


def load_series(months, seed):
    """Return a series with a monthly period index."""
    rng = np.random.default_rng(seed)
    values = 50 + 1.7 * np.arange(months) + rng.normal(0, 4, months)
    index = pd.period_range("2015-01", periods=months, freq="M")
    return pd.Series(values, index=index, name="count")

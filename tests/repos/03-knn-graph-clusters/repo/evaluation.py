"""Agreement up to renaming of the groups."""
import numpy as np


def agreement(truth, labels):
    """Share of points in the right group, under the better of both namings."""
    same = float(np.mean(truth == labels))
    return max(same, 1 - same)

"""Reads the recordings."""
import csv

import numpy as np


def load_series(path):
    """Values of the column `value`."""
    with open(path, newline="") as stream:
        return np.array([float(row["value"]) for row in csv.DictReader(stream)])

"""The data."""
import os
import urllib.request

import numpy as np

URL = "https://datasets.example.org/two-moons/two_moons_200.csv"


def load_moons(config):
    """Points and labels in {-1, 1}, downloaded at the first use."""
    if not os.path.exists("data/two_moons.csv"):
        os.makedirs("data", exist_ok=True)
        urllib.request.urlretrieve(URL, "data/two_moons.csv")
    table = np.loadtxt("data/two_moons.csv", delimiter=",", skiprows=1)
    order = np.random.default_rng(config["seed"]).permutation(len(table))
    return table[order, :2], table[order, 2]

"""Runs an epidemic."""
import numpy as np

from model import Epidemic


def simulate(config):
    """Return the daily numbers, and the largest number of infected."""
    rng = np.random.default_rng(config["seed"])
    half = np.triu(rng.random((config["people"], config["people"])) < config["contacts"], 1)
    epidemic = Epidemic((half | half.T).astype(int), config["infect"], config["recover"], config["seed"])
    curve = []
    for _ in range(config["days"]):
        susceptible, infected = epidemic.day()
        curve.append((susceptible, infected, config["people"] - susceptible - infected))
    return curve, max(infected for _, infected, _ in curve)

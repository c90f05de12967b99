"""Builds and fits the network."""
import numpy as np

from model import RadialNetwork


def train(config):
    """Return the network, the inputs and the targets."""
    rng = np.random.default_rng(config["seed"])
    x = rng.uniform(-3, 3, config["samples"])
    y = np.sinc(x) + 0.05 * rng.normal(size=len(x))
    centres = np.linspace(-3, 3, config["centres"])
    network = RadialNetwork(centres=centres, sigma=config["width"], l2_reg=config["ridge"])
    return network.fit(x, y), x, y

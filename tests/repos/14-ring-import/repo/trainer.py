"""Fitting."""
import numpy as np

from model import EchoState


def solve_ridge(features, targets, ridge):
    """Penalised least squares."""
    gram = features.T @ features + ridge * np.eye(features.shape[1])
    return np.linalg.solve(gram, features.T @ targets)


def train(series, config):
    """Return a network fitted to a series."""
    network = EchoState(config["units"], config["radius"], config["seed"])
    return network.fit(series, config["washout"], config["ridge"])

"""Experiment."""
from src.dataset import make_sparse
from src.model import Lasso


def run(config):
    """Return the weights and the truth."""
    x, y, truth = make_sparse(config["rows"], config["columns"], config["seed"])
    return Lasso(config["penalty"], config["iterations"]).fit(x, y), truth

"""PageRank."""
import numpy as np


class PageRank:
    """Stationary distribution of a damped random surfer."""

    def __init__(self, damping):
        self.damping = damping

    def matrix(self, links, pages):
        """Column-stochastic transition matrix; a page without links goes anywhere."""
        table = np.zeros((pages, pages))
        counts = links.groupby("source")["target"].count()
        for source, target in links[["source", "target"]].itertuples(index=False):
            table[target, source] = 1 / counts[source]
        table[:, table.sum(axis=0) == 0] = 1 / pages
        return table

    def rank(self, links, pages, tolerance=1e-12):
        """Iterate until the ranks no longer move."""
        table = self.matrix(links, pages)
        ranks = np.full(pages, 1 / pages)
        while True:
            moved = self.damping * table @ ranks + (1 - self.damping) / pages
            if np.abs(moved - ranks).sum() < tolerance:
                return moved
            ranks = moved

"""Alternating least squares."""
import numpy as np


class Completion:
    """Rows and columns get vectors of one rank; ridge on both."""

    def __init__(self, rank, ridge, seed):
        self.rank, self.ridge = rank, ridge
        self.rng = np.random.default_rng(seed)

    def solve(self, table, mask, fixed):
        """Best vectors of the rows of a table, given those of its columns."""
        eye = self.ridge * np.eye(self.rank)
        return np.array(
            [np.linalg.solve(fixed[m].T @ fixed[m] + eye, fixed[m].T @ row[m]) for row, m in zip(table, mask)]
        )

    def fit(self, table, mask, sweeps):
        """Return the completed table."""
        columns = self.rng.normal(size=(table.shape[1], self.rank))
        for _ in range(sweeps):
            rows = self.solve(table, mask, columns)
            columns = self.solve(table.T, mask.T, rows)
        return rows @ columns.T

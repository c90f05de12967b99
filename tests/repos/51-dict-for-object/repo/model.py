"""Pool adjacent violators."""


class Isotonic:
    """Least-squares fit among the sequences that never fall."""

    def fit(self, values):
        """Return the fitted values."""
        blocks = []
        for value in values:
            blocks.append([float(value), 1])
            while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
                mean, weight = blocks.pop()
                total = weight + blocks[-1][1]
                blocks[-1] = [(mean * weight + blocks[-1][0] * blocks[-1][1]) / total, total]
        return [mean for mean, weight in blocks for _ in range(weight)]

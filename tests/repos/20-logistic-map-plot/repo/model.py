"""The logistic map."""
import numpy as np


class LogisticMap:
    """x -> r x (1 - x)."""

    def __init__(self, rate):
        self.rate = rate

    def orbit(self, warmup, kept, start=0.3):
        """Values after a warm-up."""
        x, out = start, []
        for step in range(warmup + kept):
            x = self.rate * x * (1 - x)
            if step >= warmup:
                out.append(x)
        return np.array(out)

    def period(self, warmup, kept, digits=6):
        """How many different values the orbit settles on."""
        return len(np.unique(self.orbit(warmup, kept).round(digits)))

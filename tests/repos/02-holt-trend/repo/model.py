"""Holt's method."""


class HoltTrend:
    """Level and slope, both smoothed exponentially."""

    def __init__(self, alpha, beta):
        self.alpha, self.beta = alpha, beta
        self.level = self.slope = 0.0

    def fit(self, series):
        """Run through the series; return the one-step forecasts from the third value on."""
        values = list(series)
        self.level, self.slope = values[1], values[1] - values[0]
        forecasts = []
        for value in values[2:]:
            forecasts.append(self.level + self.slope)
            level = self.alpha * value + (1 - self.alpha) * (self.level + self.slope)
            self.slope = self.beta * (level - self.level) + (1 - self.beta) * self.slope
            self.level = level
        return forecasts

    def forecast(self, steps):
        """Extrapolate the last level and slope."""
        return [self.level + (k + 1) * self.slope for k in range(steps)]

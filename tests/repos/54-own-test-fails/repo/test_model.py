"""Numbers worked out by hand."""
from math import isclose

from model import Welch


def test_statistic():
    """Means 2 and 5, variances 1 and 4, three and five values."""
    welch = Welch([1, 2, 3], [3, 3, 5, 7, 7])
    assert isclose(welch.statistic(), -3 / (1 / 3 + 4 / 5) ** 0.5)


def test_freedom():
    """Equal samples: twice the degrees of freedom of one."""
    assert isclose(Welch([1, 2, 3], [4, 5, 6]).freedom(), 4)

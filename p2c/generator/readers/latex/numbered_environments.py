"""Environments that LaTeX numbers: displays, floats and their parts."""

from __future__ import annotations

ONE = frozenset("equation multline math displaymath IEEEeqnarraybox dmath".split())
ROWS = frozenset("align gather eqnarray alignat flalign IEEEeqnarray xalignat".split())
PROBLEMS = frozenset(f"{goal}{sign}" for goal in ("mini", "maxi", "argmini", "argmaxi") for sign in ("!", ""))
"""Of optidef; with `!` the objective and each constraint have a letter behind the number."""
FLOATS = {
    "figure": "figure", "wrapfigure": "figure", "SCfigure": "figure", "sidewaysfigure": "figure",
    "teaserfigure": "figure",
    "table": "table", "wraptable": "table", "sidewaystable": "table", "longtable": "table", "SCtable": "table",
    "algorithm": "algorithm", "algorithm2e": "algorithm", "listing": "listing", "procedure": "algorithm",
}  # fmt: skip
PARTS = ("subfigure", "subtable", "subfloat")


def roman(number: int) -> str:
    """The number in Roman numerals, as IEEE numbers its tables."""
    numeral = ""
    for value, sign in ((50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        numeral += sign * (number // value)
        number %= value
    return numeral

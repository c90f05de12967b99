from __future__ import annotations

from pathlib import Path

import pytest

from p2c.models.repetition import repeats_itself

HERE = Path(__file__)


@pytest.mark.parametrize(
    "text",
    [
        "The loss goes down. " * 400,
        "Some words at first.\n" + "Then we train.\nThen we test.\n" * 80,
        "x = 1\n" + "def helper(value):\n    return helper(value)\n\n\n" * 60 + "def hel",
        "".join(f"Step {number}: the model is updated once more.\n" for number in range(300)),
        "na" * 2000,
        "\n" * 3000,
    ],
)
def test_text_that_goes_round_in_circles_is_known(text: str) -> None:
    assert repeats_itself(text)


@pytest.mark.parametrize(
    "text",
    [
        HERE.read_text(),
        HERE.read_text()[:1000],
        "A table\n" + "| --- " * 8 + "|\n" + "-" * 80,
        "values = [" + ", ".join(f"{number * 37 % 1013 / 7:.3f}" for number in range(120)),
        "import numpy\n" * 3,
        "",
        "ab",
    ],
)
def test_text_that_does_not_is_left_alone(text: str) -> None:
    assert not repeats_itself(text)

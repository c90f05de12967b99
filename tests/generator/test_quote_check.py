from __future__ import annotations

import json

import pytest

from p2c.generator.quote_check import QuoteIndex

PAPER = QuoteIndex(
    "We use Adam with learning\nrate $3 \\times 10^{-4}$, {\\bf batch size} 10{,}000 and \\textbf{dropout} of 0.1–0.2 "
    "at temperature $\\tau = 1$. | layers | 12 |\n“Large” models."
)


@pytest.mark.parametrize(
    "quote",
    [
        "Adam with learning rate $3 \\times 10^{-4}$",
        "adam with Learning rate 3 \\times 10^-4",
        "learning rate 3 × 10^{-4}",
        "dropout of 0.1-0.2",
        "layers 12",
        '"Large" models',
        json.loads('"rate $3 \\times 10^{-4}$"'),
        json.loads('"temperature $\\tau = 1$"'),
    ],
)
def test_what_the_paper_says(quote: str) -> None:
    assert PAPER.has(quote)


@pytest.mark.parametrize(
    "quote", ["Adam with learning rate 3e-4", "SGD with learning rate", "0.1", "", "  {}$ ", "batch size 1000 and"]
)
def test_what_it_does_not(quote: str) -> None:
    assert not PAPER.has(quote)

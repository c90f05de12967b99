from __future__ import annotations

import pytest

from p2c.generator.readers.heading_numbers import HeadingCandidate, choose_numbers
from p2c.generator.readers.pdf.headings import TextBlock, level_headings

PAPER = ["1 Introduction", "2 Setting", "2.1 Data", "2.2 Models", "3 Method", "3.1 Loss", "4 Results", "A Proofs"]


@pytest.mark.parametrize(
    ("place", "outlier"),
    [
        (1, "14.2 Temperature 20 Histogram Binning"),
        (2, "3 Layers"),
        (3, "88 Accuracy Vector"),
        (4, "5.5 Epochs of the run"),
        (0, "2 Anonymous Institute"),
    ],
)
def test_an_outlier_costs_no_heading_but_itself(place: int, outlier: str) -> None:
    names = [*PAPER[:place], outlier, *PAPER[place:]]
    blocks = level_headings([TextBlock(name, 1, 2) for name in names])
    assert [block.text for block in blocks if block.level] == PAPER
    assert [block.text for block in blocks if not block.level] == [f"**{outlier}**"]


def test_a_heading_that_was_missed_is_stepped_over() -> None:
    names = ["1 Introduction", "2 Setting", "4 Results", "4.1 Speed", "5 Conclusion"]
    assert len(choose_numbers([HeadingCandidate(name, True) for name in names], roman=False)) == 5


def test_of_a_table_of_contents_and_the_headings_the_headings_count() -> None:
    contents = ["1 Introduction 2", "2 Setting 3", "3 Method 5"]
    names = [*contents, "1 Introduction", "2 Setting", "3 Method"]
    assert set(choose_numbers([HeadingCandidate(name, True) for name in names], roman=False)) == {3, 4, 5}


def test_the_work_grows_with_the_number_of_candidates_only() -> None:
    names = [f"{n % 90}.{n % 7} Title of it" for n in range(4000)]
    assert choose_numbers([HeadingCandidate(name, True) for name in names], roman=False)

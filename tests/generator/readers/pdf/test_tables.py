from __future__ import annotations

from p2c.generator.readers.pdf.glyphs import Glyph, Rule
from p2c.generator.readers.pdf.lines import Line, make_line
from p2c.generator.readers.pdf.tables import table_text
from tests.generator.readers.glyphs import TEXT, put


def row(y: float, **cells: str) -> list[Line]:
    """Cells by their places: x72="name"."""
    return [make_line(put(text, float(x[1:]), y, 10, TEXT)) for x, text in cells.items() if text]


def read(lines: list[Line], rules: list[Rule], turned: list[list[Glyph]] | None = None) -> list[str]:
    return table_text(lines, turned or [], rules, lambda line: line.raw).splitlines()


def test_empty_cells_stay_in_their_columns() -> None:
    lines = [
        *row(500, x72="model", x150="rate", x220="width"),
        *row(485, x72="small", x150="0.1", x220="64"),
        *row(473, x72="wide", x220="256"),
        *row(461, x72="slow", x150="0.01"),
    ]
    assert read(lines, [Rule(70, 250, 512), Rule(70, 250, 496), Rule(70, 250, 455)]) == [
        "| model | rate | width |",
        "|---|---|---|",
        "| small | 0.1 | 64 |",
        "| wide |  | 256 |",
        "| slow | 0.01 |  |",
    ]


def test_a_head_that_spans_columns_stands_in_each() -> None:
    lines = [
        *row(515, x150="rings", x230="trees"),
        *row(500, x72="method", x140="mean", x170="best", x220="mean", x250="best"),
        *row(485, x72="walk", x140="1.5", x170="2.5", x220="3.5", x250="4.5"),
        *row(473, x72="jump", x140="1.0", x170="2.0", x220="3.0", x250="4.0"),
    ]
    rules = [Rule(70, 275, 526), Rule(138, 195, 510), Rule(218, 275, 510), Rule(70, 275, 496), Rule(70, 275, 466)]
    assert read(lines, rules)[:4] == [
        "|  | rings | rings | trees | trees |",
        "|---|---|---|---|---|",
        "| method | mean | best | mean | best |",
        "| walk | 1.5 | 2.5 | 3.5 | 4.5 |",
    ]


def test_a_head_in_two_lines_is_one_with_its_unit() -> None:
    lines = [
        *row(515, x72="method", x140="time"),
        *row(503, x140="(ms)", x200="steps"),
        *row(485, x72="walk", x140="12", x200="3"),
        *row(473, x72="jump", x140="15", x200="4"),
    ]
    assert (
        read(lines, [Rule(70, 225, 526), Rule(70, 225, 496), Rule(70, 225, 466)])[0] == "| method | time (ms) | steps |"
    )


def test_turned_heads_stand_over_their_columns() -> None:
    lines = [*row(485, x72="walk", x140="12", x200="3"), *row(473, x72="jump", x140="15", x200="4")]
    turned = [
        [glyph._replace(x0=142, x1=150) for glyph in put("regret", 0, 500, 8)],
        [glyph._replace(x0=200, x1=208) for glyph in put("cost", 0, 500, 8)],
    ]
    assert "| regret | cost |" in "\n".join(read(lines, [], turned))


def test_the_label_of_a_group_stands_in_each_of_its_rows() -> None:
    lines = [
        *row(500, x72="set", x130="rate", x180="loss"),
        *row(485, x130="0.1", x180="2.0"),
        *row(479, x72="(A)"),
        *row(473, x130="0.2", x180="2.1"),
        *row(455, x72="(B)", x130="0.3", x180="2.2"),
    ]
    rules = [Rule(70, 210, 512), Rule(70, 210, 496), Rule(70, 210, 467), Rule(70, 210, 450)]
    made = read(lines, rules)
    assert made[2:] == ["| (A) | 0.1 | 2.0 |", "| (A) | 0.2 | 2.1 |", "| (B) | 0.3 | 2.2 |"]


def test_paragraphs_are_no_table() -> None:
    lines = [*row(500, x72="It is a line of words"), *row(488, x72="and it goes on here")]
    assert read(lines, []) == []

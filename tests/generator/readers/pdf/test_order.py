from __future__ import annotations

from collections.abc import Sequence

import pytest

from p2c.generator.readers.pdf.document import Document, assemble
from p2c.generator.readers.pdf.glyphs import BROKEN, Box, Glyph, Rule
from p2c.generator.readers.pdf.headings import TextBlock
from p2c.generator.readers.pdf.words import count_words, join_lines, restore_ligatures
from tests.generator.readers.glyphs import BOLD, TEXT, lines_of, page, put

LEFT = [
    "the walker moves to the arm at its right hand",
    "whenever the estimate of that arm is the larger",
    "one of both and it stays where it is otherwise",
]
OPEN = ["Each arm of the ring has a mean that is hidden", "from the walker and it has to be found by pulls"]
REST = ["which are noisy and which have a cost of one.", "Nothing else is known."]
CAPTION = "Figure 3: How the walker goes over the ring of arms."


def texts(document: Document, beside: bool = False) -> list[str]:
    return [block.text for block in document.blocks if block.beside == beside]


def test_a_sentence_goes_on_behind_a_float_and_a_footnote() -> None:
    left = lines_of([*LEFT, *OPEN], 60, 700)
    note = lines_of(["2 The ring has at least three arms in it."], 60, 90, 7)
    right = [put(CAPTION, 320, 700, 9, TEXT), *lines_of([*REST, *LEFT], 320, 640)]
    found = assemble([page([*left, *note, *right])])
    (joined,) = [text for text in texts(found) if "has to be found" in text]
    assert "found by pulls which are noisy" in joined
    assert CAPTION in texts(found, beside=True)
    assert any(text.startswith("[Footnote: 2 The ring") for text in texts(found, beside=True))


def test_a_sentence_that_ended_takes_up_nothing() -> None:
    left = lines_of([*LEFT[:2], "and so it is found."], 60, 700)
    right = lines_of(["Which is known of it may be told by the means", "that were drawn before."], 320, 700)
    found = texts(assemble([page([*left, *right])]))
    assert not any("found. Which" in text for text in found)


def test_columns_that_the_file_mixes_are_told_apart_by_their_gutter() -> None:
    left = [f"{line} and on" for line in [*OPEN, *LEFT, *REST[:1]]] * 2
    right = ["so that a pull of an arm costs as much as a step", *LEFT, *OPEN, *REST[:1]] * 2
    one, two = lines_of(left, 50, 700), lines_of(right, 330, 700)
    mixed = [run for pair in zip(one, two, strict=False) for run in pair]
    found = " ".join(texts(assemble([page(mixed)])))
    assert "has a mean that is hidden and on from the walker and it has to be found by pulls and on" in found
    assert "estimate of that arm is the larger one of both" in found


def torn(page_number: int = 1) -> list[Sequence[Glyph]]:
    """Lines of one column in an order that no sentence has."""
    texts = ["it was and that the", "Thereby the walker is,", "so goes the ring of arms to the", "A step is made of"]
    return [
        run
        for at in range(12)
        for run in lines_of([f"{texts[at % 4]} words that fill the line to here"], 60, 700 - 40 * at)
    ]


def test_a_page_that_stays_doubtful_is_said_to_be() -> None:
    found = assemble([page(lines_of(LEFT + REST, 60, 700)), page(torn())])
    assert "page(s) 2 is read is doubtful" in found.notes[0]
    warned = [block for block in found.blocks if block.beside and "page 2 is doubtful" in block.text]
    assert warned
    assert assemble([page(lines_of([*OPEN, *REST], 60, 700))]).notes == ()


def test_the_layout_engine_reads_the_page_where_it_does_so_better() -> None:
    blocks = [
        TextBlock("The walker goes round the ring of arms and back again.", 1),
        TextBlock("It ends where it began then, as it has to.", 1),
    ]
    found = assemble([page(torn())], lambda: {1: blocks})
    assert texts(found) == [block.text for block in blocks] and found.notes == ()


def test_running_heads_page_numbers_and_line_numbers_are_left_out_and_a_stamp_is_told_once() -> None:
    pages = []
    for number in range(1, 5):
        runs = [put("Walking on Rings", 200, 770, 9, TEXT), put(str(number), 300, 30, 9, TEXT)]
        runs += [put("COPY FOR REVIEWERS ONLY", 150, 400.5, 10, TEXT), *lines_of(LEFT + OPEN + REST, 100, 700)]
        runs += [put(str(54 * number + at), 40, 700 - 12 * at, 7, TEXT) for at in range(30)]
        pages.append(page(runs))
    found = "\n".join(block.text for block in assemble(pages).blocks)
    assert "Walking on Rings" not in found
    assert found.count("COPY FOR REVIEWERS ONLY") == 1
    assert "66" not in found


def test_words_in_pictures_are_beside_the_text() -> None:
    runs = [*lines_of(LEFT + OPEN, 60, 700), put("0.25", 320, 500, 8, TEXT), put("0.50", 350, 500, 8, TEXT)]
    runs += [put("regret", 330, 480, 8, TEXT), *lines_of(REST, 60, 620)]
    found = assemble([page(runs, pictures=[Box(310, 470, 520, 640)])])
    assert any("0.25; 0.50; regret" in text for text in texts(found, beside=True))
    assert any("found by pulls which are noisy" in text for text in texts(found))


def test_an_algorithm_has_a_line_for_each_step() -> None:
    runs = [
        put("Algorithm 4 Walking", 60, 700, 10, BOLD),
        put("1: for each step do", 60, 685, 10, TEXT),
        put("2: pull the arm", 75, 673, 10, TEXT),
        put("3: end for", 60, 661, 10, TEXT),
        *lines_of(LEFT + OPEN, 60, 620),
    ]
    rules = [Rule(58, 290, 711), Rule(58, 290, 696), Rule(58, 290, 655)]
    for bars in (rules, []):
        found = texts(assemble([page(runs, rules=bars)]), beside=True)
        assert "```\nAlgorithm 4 Walking\n1: for each step do\n  2: pull the arm\n3: end for\n```" in found


@pytest.mark.parametrize(
    ("lines", "words", "joined"),
    [
        (["a fast way" + BROKEN, "point of it"], "the waypoint, a waypoint", "a fast waypoint of it"),
        (["a well" + BROKEN, "posed task"], "a well-posed one", "a well-posed task"),
        (["the optimi" + BROKEN, "zation of"], "", "the optimization of"),
        (["a graph" + BROKEN, "based walk"], "a graph is the based", "a graph-based walk"),
        (["GILR" + BROKEN, "LSTM is"], "", "GILRLSTM is"),
        (["a pre-trai" + BROKEN, "ned net"], "pre-trained", "a pre-trained net"),
    ],
)
def test_words_broken_at_lines(lines: list[str], words: str, joined: str) -> None:
    assert join_lines(lines, count_words([words])) == joined


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("the e\ufffdect of a \ufffdnite set", "the effect of a finite set"),
        ("a su\ufffdcient bu\ufffder", "a sufficient buffer"),
        ("it re\ufffdects the in\ufffduence", "it reflects the influence"),
        ("the gra\ufffd is drawn", "the graft is drawn"),
        ("\ufffd and z\ufffdq", "\ufffd and z\ufffdq"),
    ],
)
def test_ligatures_without_a_meaning_are_put_back(text: str, whole: str) -> None:
    assert restore_ligatures(text, count_words(["a graft of it"])) == whole


def test_a_table_of_decimals_between_rules_is_no_algorithm() -> None:
    cells = [("rate", "loss"), ("0.1", "2.5"), ("0.2", "2.25"), ("0.4", "1.75")]
    runs = [
        put(text, 60 + 80 * at, 700 - 12 * row, 10, TEXT)
        for row, pair in enumerate(cells)
        for at, text in enumerate(pair)
    ]
    rules = [Rule(58, 170, 711), Rule(58, 170, 696.5), Rule(58, 170, 655)]
    found = texts(assemble([page([*runs, *lines_of(LEFT + OPEN, 60, 620)], rules=rules)]), beside=True)
    assert any(text.startswith("| rate | loss |\n|---|---|\n| 0.1 | 2.5 |") for text in found)


def test_rules_of_fractions_over_each_other_frame_no_table() -> None:
    runs = [*lines_of(LEFT, 60, 740), *lines_of(OPEN, 60, 560)]
    rules = []
    for at in range(3):
        base = 680 - 34 * at
        runs[3 + 2 * at : 3 + 2 * at] = [put("a+b+c+d", 120, base + 7), put("x+y+z+w", 120, base - 8)]
        rules.append(Rule(120, 155, base + 2.5))
    found = assemble([page(runs, rules=rules)])
    assert not any("|---|" in block.text for block in found.blocks)
    assert "\n".join(texts(found)).count(r"\frac{a+b+c+d}{x+y+z+w}") == 3


def test_a_table_without_rules_under_a_caption_of_several_lines() -> None:
    caption = [
        "Table 7: The regret of the walkers on each ring and",
        "of those that stay where they are, as it was at the",
        "end of all.",
    ]
    runs = lines_of(caption, 60, 700, 10)
    for row, cells in enumerate([("walker", "regret"), ("greedy", "41.2"), ("softmax", "17.9"), ("ours", "9.6")]):
        runs += [put(text, 80 + 90 * at, 650 - 12 * row, 10, TEXT) for at, text in enumerate(cells)]
    found = texts(assemble([page([*runs, *lines_of(LEFT + OPEN, 60, 560)])]), beside=True)
    assert "| walker | regret |\n|---|---|\n| greedy | 41.2 |\n| softmax | 17.9 |\n| ours | 9.6 |" in found
    assert any(text.endswith("as it was at the end of all.") for text in found)


IMPRINTS = [
    ["© 2023 G. Neumann and B. Ba."],
    ["Proceedings of the 4th Meeting on Rings, Oslo,", "Norway, 2024. Copyright by the author(s)."],
    ["Copyright held by those who wrote it, 2021."],
    ["Under review as a paper at the Meeting on Rings."],
]


def page_with_imprint(imprint: list[str], top: float) -> list[str]:
    """What is read of a page whose left column stops in a sentence, the lines of an imprint at its foot."""
    left = [*lines_of([*LEFT, *OPEN], 60, 700), *lines_of(imprint, 60, top, 9.6)]
    return texts(assemble([page([*left, *lines_of([*REST, *LEFT], 320, 700)])]))


@pytest.mark.parametrize("imprint", IMPRINTS, ids=lambda lines: lines[0].split()[0])
def test_a_sentence_goes_on_behind_the_imprint_at_the_foot_of_a_page(imprint: list[str]) -> None:
    found = page_with_imprint(imprint, 60)
    assert any("found by pulls which are noisy" in text for text in found)
    assert not any("".join(imprint)[:9] in text for text in found)


def test_words_like_an_imprint_stay_in_the_text_where_they_are_no_imprint() -> None:
    paragraph = ["Proceedings of the walkers are told by the ring", "to all of the arms."]
    assert any("Proceedings of the walkers" in text for text in page_with_imprint(paragraph, 560))
    other = ["Walkers that meet at an arm have to be told of", "the pulls."]
    assert any("Walkers that meet" in text for text in page_with_imprint(other, 60))


def test_ligatures_without_a_meaning_are_put_back_in_cells_and_steps() -> None:
    lost = "\ufffd"
    cells = [("set", f"coe{lost}cient"), (f"bene{lost}ts", "2.5"), (f"z{lost}q", "2.25"), ("ours", "1.75")]
    runs = [
        put(text, 60 + 80 * at, 700 - 12 * row, 10, TEXT)
        for row, pair in enumerate(cells)
        for at, text in enumerate(pair)
    ]
    runs += [
        put("Algorithm 2 Walking", 60, 500, 10, BOLD),
        put(f"1: shu{lost}e the arms", 60, 485, 10, TEXT),
        put(f"2: pull the {lost}rst arm", 60, 473, 10, TEXT),
        put(f"3: return z{lost}q", 60, 461, 10, TEXT),
        *lines_of(LEFT + OPEN, 60, 420),
    ]
    rules = [Rule(58, 200, 711), Rule(58, 200, 696.5), Rule(58, 200, 655)]
    found = "\n".join(texts(assemble([page(runs, rules=rules)]), beside=True))
    assert "| set | coefficient |\n|---|---|\n| benefits | 2.5 |" in found
    assert "1: shuffle the arms\n2: pull the first arm\n3: return" in found
    assert found.count(f"z{lost}q") == 2

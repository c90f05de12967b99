from __future__ import annotations

from pathlib import Path

import pytest

from p2c.errors import InputError
from p2c.generator.paper import Paper
from p2c.generator.readers import ReadOptions, read_paper
from p2c.generator.readers.heading_numbers import follows, parse_number
from p2c.generator.readers.local_files import figure_images
from p2c.generator.readers.pdf.engine import join_sentences, page_blocks
from p2c.generator.readers.pdf.extraction import Page, by_pypdf, dehyphenate, extract, restore_hyphens
from p2c.generator.readers.pdf.headings import TextBlock, cut_references, level_headings
from p2c.generator.readers.pdf.quality import check_pages, gibberish, lost_lines
from tests.generator.readers.pdfs import PROSE, Line, column, encrypt_pdf, write_pdf

REFERENCES = [f"[{n}] A. Author and B. Writer. A paper about descent. Journal of Steps, {1990 + n}." for n in range(12)]


def two_pages() -> list[list[Line]]:
    first = [
        Line(120, 740, "Slow Clocks for Descent", 18, True),
        Line(250, 715, "A. N. Author", 10),
        *column(72, 700, ["# Abstract", *PROSE[:2], "# 1 Introduction", *PROSE, "# 2 Method", *PROSE]),
        *column(72, 400, ["# 2.1 Steps", *PROSE, "The learning rate is 0.003 in all of the runs that we report."]),
        Line(72, 200, "Figure 1: The step size over time, as it is drawn on a clock."),
    ]
    second = [
        *column(72, 740, ["# 3 Results", *PROSE, "# References", *REFERENCES]),
        *column(72, 400, ["# A Details of the training", "The batch size is 64 and the weight decay is 0.1.", *PROSE]),
    ]
    return [first, second]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pdf(tmp_path_factory.mktemp("pdf") / "clocks.pdf", two_pages())


@pytest.fixture(scope="module")
def paper(file: Path) -> Paper:
    return read_paper(str(file))


def test_title_abstract_and_sections(paper: Paper) -> None:
    assert (paper.id, paper.title, paper.source) == ("clocks", "Slow Clocks for Descent", "pdf")
    assert paper.abstract.split() == " ".join(PROSE[:2]).split()
    assert [(s.level, s.title) for s in paper.sections] == [
        (1, "1 Introduction"),
        (1, "2 Method"),
        (2, "2.1 Steps"),
        (1, "3 Results"),
        (1, "A Details of the training"),
    ]


def test_references_are_cut_and_the_appendix_behind_them_is_kept(paper: Paper) -> None:
    assert "Journal of Steps" not in paper.text
    assert "The batch size is 64 and the weight decay is 0.1." in paper.text
    assert "The learning rate is 0.003" in paper.text


def test_a_figure_has_its_caption_and_its_page_is_drawn(paper: Paper) -> None:
    (figure,) = paper.figures
    assert (figure.label, figure.page) == ("Figure 1", 1)
    assert figure.caption == "The step size over time, as it is drawn on a clock."
    ((shown, url),) = figure_images(paper, 3)
    assert shown == figure
    assert url.startswith("data:image/png;base64,iVBOR")
    assert figure_images(paper, 0) == []


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    left = [f"Left line {n} goes on in the left of the" for n in range(20)]
    right = [f"Right line {n} goes on in the right of it" for n in range(20)]
    page = [Line(150, 740, "Two Columns of Words", 18, True), *column(50, 700, left, 9), *column(320, 700, right, 9)]
    text = " ".join(read_paper(str(write_pdf(tmp_path / "two.pdf", [page, page]))).text.split())
    assert f"{left[3]} {left[4]}" in text
    assert f"{right[3]} {right[4]}" in text


def test_a_table_keeps_its_columns(tmp_path: Path) -> None:
    rows = [("name", "small", "large"), ("layers", "2", "12"), ("width", "64", ""), ("rate", "0.1", "0.003")]
    table = [
        Line(72 + 150 * at, 400 - 14 * line, cell)
        for line, row in enumerate(rows)
        for at, cell in enumerate(row)
        if cell
    ]
    page = [*column(72, 740, ["# 1 Method", *PROSE * 4]), Line(72, 430, "Table 1: Settings of the two models."), *table]
    text = read_paper(str(write_pdf(tmp_path / "t.pdf", [page]))).text
    assert (
        "| name | small | large |\n|---|---|---|\n| layers | 2 | 12 |\n| width | 64 |  |\n| rate | 0.1 | 0.003 |"
        in text
    )


def test_an_encrypted_pdf_needs_its_password(file: Path, tmp_path: Path) -> None:
    locked = encrypt_pdf(file, tmp_path / "locked.pdf", user="open sesame", owner="own")
    with pytest.raises(InputError, match="needs a password") as error:
        read_paper(str(locked))
    assert "--password" in error.value.hint
    with pytest.raises(InputError, match="does not open it"):
        read_paper(str(locked), ReadOptions(password="wrong"))
    assert "learning rate is 0.003" in read_paper(str(locked), ReadOptions(password="open sesame")).text


def test_an_owner_locked_pdf_is_read(file: Path, tmp_path: Path) -> None:
    locked = encrypt_pdf(file, tmp_path / "owner.pdf", user="", owner="own")
    assert "learning rate is 0.003" in read_paper(str(locked)).text


def bad_truncated(file: Path, target: Path) -> None:
    target.write_bytes(file.read_bytes()[: file.stat().st_size * 2 // 3])


def bad_html(file: Path, target: Path) -> None:
    target.write_text("<!DOCTYPE html><html><body>403 Forbidden</body></html>")


def bad_empty(file: Path, target: Path) -> None:
    target.write_bytes(b"")


def bad_scan(file: Path, target: Path) -> None:
    write_pdf(target, [[], [], []], picture=True)


def bad_map(file: Path, target: Path) -> None:
    write_pdf(target, two_pages(), wrong_map=True)


def bad_damaged(file: Path, target: Path) -> None:
    target.write_bytes(b"%PDF-1.4\n" + b"nothing of a PDF\n" * 40 + b"%%EOF\n")


def bad_archive(file: Path, target: Path) -> None:
    target.write_bytes(b"PK\x03\x04" + b"zip" * 50)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (bad_truncated, "is cut off"),
        (bad_html, "web page saved as .pdf"),
        (bad_empty, "is empty"),
        (bad_scan, "no text layer"),
        (bad_map, "text layer is unreadable"),
        (bad_damaged, "is damaged"),
        (bad_archive, "is no PDF"),
    ],
)
def test_a_bad_pdf_is_refused_in_one_sentence_with_a_hint(spoil, says: str, file: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    target = tmp_path / "bad.pdf"
    spoil(file, target)
    with pytest.raises(InputError, match=says) as error:
        read_paper(str(target))
    assert error.value.exit_code == 2
    assert str(target) in error.value.message and "\n" not in error.value.message
    assert error.value.hint


def test_the_wrong_map_is_what_was_told_and_not_the_writer(tmp_path: Path) -> None:
    """Negative control: the same pages with a right map are read."""
    assert read_paper(str(write_pdf(tmp_path / "right.pdf", two_pages()))).sections


def test_words_broken_at_line_ends_are_made_whole() -> None:
    (text,) = dehyphenate(["The optimiza-\ntion of low-dimensional data and low-\ndimensional maps, ﬁrst."])
    assert "optimization" in text and "first" in text
    assert text.count("low-dimensional") == 2


def test_hyphens_that_joining_lost_come_back_where_the_paper_has_them() -> None:
    lines = ["a low\ufffedimensional map", "an optimi\ufffezation"]
    (text,) = restore_hyphens(["A lowdimensional map, an optimization, a low-dimensional space."], lines)
    assert text == "A low-dimensional map, an optimization, a low-dimensional space."


def test_a_hyphen_comes_back_by_majority_and_where_it_was_broken_only() -> None:
    (text,) = restore_hyphens(
        ["A waypoint network. Each waypoint counts. The waypoint model, a way-point."], ["Each way\ufffepoint counts."]
    )
    assert text == "A waypoint network. Each waypoint counts. The waypoint model, a way-point."
    (text,) = restore_hyphens(
        ["An inplace sum, inplace maps, an inplace product, the in-place mean, in-place again."],
        ["An in\ufffeplace product"],
    )
    assert text == "An inplace sum, inplace maps, an inplace product, the in-place mean, in-place again."
    (text,) = restore_hyphens(
        ["An inplace product, an in-place sum, an in-place map."], ["and\r", "An in\ufffeplace product, an"]
    )
    assert text.startswith("An in-place product, an in-place sum")


def test_what_stands_beside_the_text_is_never_joined_to_it() -> None:
    insert = TextBlock("Further lines of page 3:\n\nonly one part of", 3, beside=True)
    caption = TextBlock("Figure 2: The loss of the runs, as drawn over", 4)
    blocks = [TextBlock("the rate, and it was lowered", 3), insert, caption, TextBlock("by ten after each epoch.", 4)]
    assert [block.text for block in join_sentences(blocks)] == [
        "the rate, and it was lowered by ten after each epoch.",
        insert.text,
        caption.text,
    ]
    apart = [TextBlock("It ends here.", 3), insert, TextBlock("and goes on", 4)]
    assert join_sentences(apart) == apart


def test_a_line_that_only_a_hyphen_sets_apart_is_not_lost() -> None:
    assert (
        lost_lines(
            "The low-dimensional space of the change-point model was drawn.",
            ["The lowdimensional space of the changepoint model was drawn."],
        )
        == []
    )


def test_the_second_extractor_reads_the_same_paper(file: Path) -> None:
    found = by_pypdf(file)
    assert "\n\n2.1 Steps\n\n" in found.pages[0].markdown and "second extractor" in found.notes[0]
    assert found.title == "Slow Clocks for Descent"
    assert extract(file).notes == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (" ".join(PROSE * 3), ""),
        (
            "Wkh phwkrg wkdw zh ghvfuleh lq wklv vhfwlrq lv vlpsoh dqg zrunv zhoo zlwk d vpdoo prgho " * 6,
            "words such as",
        ),
        ("(cid:12)(cid:33)(cid:7) (cid:90)(cid:41) " * 60, "glyph numbers"),
        ("\ue012\ue013\ue055 \ue0a1\ue0b2 " * 60, "stand for no letter"),
        ("Themethodthatwedescribeinthissectionissimpleandworkswellwithasmallmodel. " * 20, "run together"),
        ("我们提出了一种新的方法，用于训练神经网络。该方法在所有数据集上都优于基线模型。" * 10, ""),
        ("жא好कあΩ한ดბა ԱעЖγ中अイ " * 40, "mixed from scripts"),
        ("Nous montrons que la perte est une fonction de la taille des données et que le modèle converge. " * 8, ""),
        ("short", ""),
    ],
)
def test_gibberish_is_told_from_text(text: str, reason: str) -> None:
    found = gibberish(text)
    assert reason in found and bool(found) == bool(reason)


def test_pages_are_checked_both_ways() -> None:
    page = " ".join(PROSE * 4)
    assert check_pages("x.pdf", [page, page, ""]) == ("Page(s) 3 hold no text, only pictures.",)
    with pytest.raises(InputError, match="more text than its 1 page"):
        check_pages("x.pdf", [page * 60])


def test_lines_that_the_extractor_dropped_are_put_behind_their_page() -> None:
    header = "A running header of the journal that stands on every page of it"
    page = Page(4, f"## 1 Method\n\n{PROSE[0]} {PROSE[2]}", (header, *PROSE[:3]))
    assert lost_lines(page.markdown, page.lines) == [header, PROSE[1]]
    blocks = page_blocks(page, {header: 2} | dict.fromkeys(PROSE, 1))
    assert [block.text for block in blocks[2:]] == [f"Further lines of page 4:\n\n{PROSE[1]}"]


def test_heading_numbers() -> None:
    assert parse_number("3.2.1 Attention") == ((3, 2, 1), "Attention")
    assert parse_number("A.2 Proofs") == ((101, 2), "Proofs")
    assert parse_number("512 2048 8") is None and parse_number("Attention") is None
    assert follows((2, 3), (3,)) and follows((2,), (2, 1)) and follows((7,), (101,))
    assert not follows((4,), (2,)) and not follows((2, 3), (8, 1))


def test_headings_get_the_level_of_their_number() -> None:
    names = ["1 Introduction", "2 Method", "2.1 Steps", "Model-free ones. They use", "2.1.1 Small steps"]
    blocks = level_headings([TextBlock(name, 1, 2) for name in names])
    assert [block.level for block in blocks] == [1, 1, 2, 0, 3]
    assert blocks[3].text == "**Model-free ones. They use**"


def test_roman_chapters_with_lettered_sections() -> None:
    names = [
        "I. INTRODUCTION",
        "II. METHOD",
        "A. Steps",
        "B. Clocks",
        "C. Both",
        "III. RESULTS",
        "A. Tasks",
        "REFERENCES",
    ]
    blocks = level_headings([TextBlock(name, 1, 2) for name in names])
    assert [block.level for block in blocks] == [1, 1, 2, 2, 2, 1, 2, 1]


def test_an_appendix_without_a_heading_survives_the_cut() -> None:
    blocks = [TextBlock("References", 5, 1), TextBlock(" ".join(REFERENCES), 5), TextBlock(" ".join(PROSE * 6), 6)]
    kept, _ = cut_references(blocks)
    assert [block.text for block in kept] == ["Appendix (without a title)", " ".join(PROSE * 6)]

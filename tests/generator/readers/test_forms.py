from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from p2c.errors import InputError
from p2c.generator.paper import Figure, Paper
from p2c.generator.readers import read_paper
from p2c.generator.readers.figure_images import image_url
from p2c.generator.readers.local_files import figure_images
from p2c.generator.readers.metadata import iso_date, paper_id
from tests.generator.readers.pdfs import Line, write_pdf

PAPERS = Path(__file__).parents[2] / "papers"
PLAIN = PAPERS / "plain"


def test_markdown() -> None:
    paper = read_paper(str(PLAIN / "paper.md"))
    assert (paper.title, paper.date, paper.abstract) == (
        "Counting Sheep with Counters",
        "2022-05-04",
        "We count sheep.",
    )
    assert [(s.level, s.title) for s in paper.sections] == [(1, "1 Method"), (2, "1.1 Details"), (1, "A Appendix")]
    assert "# not a heading" in paper.sections[0].text
    assert "Shepherd" not in paper.text and "sheep.example" not in paper.text
    assert paper.sections[-1].text == "Weight decay is 0.1."
    assert paper.figures == (Figure("Figure 1", "Sheep over time"),)


def test_markdown_with_its_title_as_top_heading(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A Title\n\nFirst words.\n\nMethod\n------\n\nWe do it.\n")
    paper = read_paper(str(tmp_path / "a.md"))
    assert paper.title == "A Title"
    assert [(s.title, s.text) for s in paper.sections] == [("Text", "First words."), ("Method", "We do it.")]


def test_markdown_without_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Only a title\n")
    with pytest.raises(InputError, match="holds no text"):
        read_paper(str(tmp_path / "a.md"))


def test_s2orc_has_its_equations_back_in_their_places() -> None:
    paper = read_paper(str(PLAIN / "s2orc.json"))
    assert (paper.title, paper.date, paper.notes) == ("A Paper Parsed", "2019", ())
    assert paper.sections[0].text.endswith("that follows.\n\nL(w) = ||Xw - y||^2 (1)")
    assert paper.sections[1].text == "Here X = AB and y = c are given."
    assert "EQUATION" not in paper.text


def test_s2orc_sections_tables_and_what_stands_behind_the_references() -> None:
    paper = read_paper(str(PLAIN / "s2orc.json"))
    assert [(s.level, s.title) for s in paper.sections] == [
        (1, "2 Method"),
        (2, "2.1 Details"),
        (1, "3 Results"),
        (1, "A Training details"),
        (1, "Tables"),
    ]
    assert "| name | value |  |\n|---|---|---|\n| rate | 0.1 | 0.2 |" in paper.sections[-1].text
    assert paper.figures == (Figure("Figure 1", "A curve."),)
    assert "left out" not in paper.text and "thank" not in paper.text


def test_a_cleaned_s2orc_says_how_many_equations_it_lost(tmp_path: Path) -> None:
    data = json.loads((PLAIN / "s2orc.json").read_text())
    for item in data["pdf_parse"]["body_text"]:
        item.pop("eq_spans")
    (tmp_path / "cleaned.json").write_text(json.dumps(data))
    paper = read_paper(str(tmp_path / "cleaned.json"))
    assert paper.notes[0].startswith("3 display equation(s) are missing")
    assert "[an equation that this JSON has lost]" in paper.text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is no JSON"),
        ("[1, 2]", "no S2ORC"),
        ('{"title": "x"}', "no S2ORC"),
        ('{"pdf_parse": {"body_text": []}}', "no paragraphs"),
    ],
)
def test_other_json_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=says):
        read_paper(str(tmp_path / "a.json"))


def test_what_is_no_paper_is_refused_with_the_forms_that_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no paper at 'nowhere'") as error:
        read_paper("nowhere")
    assert "arXiv id" in error.value.hint
    (tmp_path / "a.docx").write_bytes(b"PK")
    with pytest.raises(InputError, match="of no form that p2c reads"):
        read_paper(str(tmp_path / "a.docx"))


def test_a_pdf_is_known_by_its_content(tmp_path: Path) -> None:
    write_pdf(tmp_path / "download", [[Line(72, 700, "Hello")]])
    with pytest.raises(InputError, match="no text layer"):
        read_paper(str(tmp_path / "download"))


def test_a_pdf_figure_is_drawn_and_an_image_passed_as_it_is(tmp_path: Path) -> None:
    figure = write_pdf(tmp_path / "figure.pdf", [[Line(72, 700, "A curve", 30)]])
    dot = PAPERS / "macros" / "images" / "dot.png"
    (tmp_path / "old.eps").write_text("%!PS-Adobe")
    files = (figure, dot, tmp_path / "old.eps", tmp_path / "gone.png")
    paper = Paper("x", "X", "", (), tuple(Figure(f"Figure {n}", "", file) for n, file in enumerate(files)))
    images = figure_images(paper, 8)
    assert [shown.file for shown, _ in images] == [figure, dot]
    drawn, passed = (base64.b64decode(url.partition(",")[2]) for _, url in images)
    assert passed == dot.read_bytes()
    width, height = (int.from_bytes(drawn[at : at + 4], "big") for at in (16, 20))
    assert drawn.startswith(b"\x89PNG") and 1000 < width < height <= 1400
    assert image_url(figure, page=2) == ""


def test_a_drawn_page_shows_its_ink(tmp_path: Path) -> None:
    import zlib

    blank, inked = (
        write_pdf(tmp_path / name, [lines]) for name, lines in (("a.pdf", []), ("b.pdf", [Line(72, 400, "Ink", 200)]))
    )
    dark = []
    for file in (blank, inked):
        data = base64.b64decode(image_url(file).partition(",")[2])
        start = data.index(b"IDAT")
        dark.append(
            sum(
                byte < 50
                for byte in zlib.decompress(
                    data[start + 4 : start + 4 + int.from_bytes(data[start - 4 : start], "big")]
                )[1::50]
            )
        )
    assert dark[1] > 10 * max(dark[0], 1)


def test_captions_that_a_section_shows_are_not_repeated() -> None:
    paper = read_paper(str(PAPERS / "macros"))
    assert paper.text.count("drawn with 2,048 points") == 1


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("21 Feb 2018", "2018-02-21"),
        ("March 2021", "2021-03"),
        ("2020-01-02T00:00", "2020-01-02"),
        ("\\today", ""),
        ("2019", "2019"),
    ],
)
def test_dates(text: str, date: str) -> None:
    assert iso_date(text) == date


def test_a_paper_is_named_by_its_file_or_its_title() -> None:
    assert paper_id(Path("a/gilr.pdf"), "Long Title") == "gilr"
    assert paper_id(Path("a/main.tex"), "Long Title: Two") == "long-title-two"


def test_importing_the_readers_imports_no_heavy_library() -> None:
    import subprocess
    import sys

    code = (
        "import sys, p2c.generator.readers.pdf, p2c.generator.readers.arxiv, p2c.generator.readers.figure_images;"
        "print([m for m in ('liteparse', 'pypdf', 'pypdfium2', 'pylatexenc', 'platformdirs') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

from __future__ import annotations

import json
from pathlib import Path

import pytest

from p2c.errors import InputError
from tests.generator.readers.sources import document, read

METHOD = (
    r"\begin{abstract}We climb.\end{abstract}\section{Method}The step is 0.35 in all runs, of which there are many."
)
PAPER = document(METHOD, title="Climbing Hills")
PARTS = {
    "paper.tex": document(r"\input{parts/abs}\input{parts/method}\bibliography{x}", title="Climbing Hills"),
    "parts/abs.tex": r"\begin{abstract}We climb.\end{abstract}",
    "parts/method.tex": r"\section{Method}The step is 0.35 in all runs, of which there are many.",
}
LONG = r"\section{More}" + "Each heading should be indented on both margins, as in the style file. " * 60


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("sample-conf.tex", "Submission Guidelines"),
        ("iclr2025_conference.tex", "Formatting Instructions for ICLR 2025 Conference Submissions"),
        ("acl_latex.tex", "Instructions for *ACL Proceedings"),
        ("bare_jrnl.tex", "Bare Demo of IEEEtran.cls for IEEE Journals"),
        ("template.tex", "Title of the Paper"),
        ("nested/aaai.tex", "AAAI Press Formatting Instructions for Authors Using LaTeX --- A Guide"),
    ],
)
def test_what_a_conference_sent_along_is_never_the_paper(tmp_path: Path, name: str, title: str) -> None:
    example = document(r"\begin{abstract}A.\end{abstract}" + LONG + r"\bibliography{b}", title=title)
    assert read(tmp_path, {**PARTS, name: example}).title == "Climbing Hills"


def test_an_example_that_is_the_only_document_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, {"a.tex": document(LONG, title="Formatting Instructions for Authors")}).text.count("margins")


@pytest.mark.parametrize("name", ["cover_letter.tex", "response.tex", "rebuttal.tex", "slides.tex", "diff.tex"])
def test_a_letter_or_slides_are_not_the_paper_however_long(tmp_path: Path, name: str) -> None:
    other = document(
        r"\begin{abstract}B.\end{abstract}\section{Reply}" + "We thank them all. " * 500 + r"\bibliography{x}"
    )
    paper = read(tmp_path, {**PARTS, name: other})
    assert paper.title == "Climbing Hills" and "We thank" not in paper.text


@pytest.mark.parametrize(
    "marks",
    [
        {"00README.json": json.dumps({"sources": [{"filename": "b.tex", "usage": "toplevel"}]})},
        {"00README.json": json.dumps({"sources": [{"filename": "a.tex", "usage": "ignore"}]})},
        {"00README.XXX": "b.tex toplevelfile\na.tex ignore\n"},
        {"latexmkrc": "# made here\n@default_files = ('b.tex');\n"},
        {".latexmkrc": '@default_files = ("./b.tex");'},
        {"one.tex": "% !TEX root = b.tex\nx", "two.tex": "%!TeX root=b\ny"},
        {"00README.yaml": "sources:\n- filename: b.tex\n  usage: toplevel\n"},
    ],
)
def test_the_authors_word_decides(tmp_path: Path, marks: dict[str, str]) -> None:
    other = document(
        r"\begin{abstract}A.\end{abstract}\section{S}Long. " + "Words. " * 90 + r"\bibliography{x}", title="Not Meant"
    )
    paper = read(tmp_path, {"a.tex": other, "b.tex": document(r"\section{S}It is 7."), **marks})
    assert paper.title == "A Paper of Ours" and "It is 7." in paper.text


def test_what_arxiv_would_not_process_is_not_read(tmp_path: Path) -> None:
    ignored = document(LONG, title="Marked")
    paper = read(
        tmp_path, {**PARTS, "main.tex": "%auto-ignore\n" + ignored, "anc/main.tex": document(METHOD, title="Ancillary")}
    )
    assert (paper.title, paper.notes) == ("Climbing Hills", ())


@pytest.mark.parametrize(
    ("name", "title"),
    [("supp.tex", "Climbing Hills"), ("extra.tex", "Supplementary Material of Climbing"), ("si/SI.tex", "SI")],
)
def test_a_supplement_is_an_appendix(tmp_path: Path, name: str, title: str) -> None:
    preamble = r"\renewcommand{\thesection}{S\arabic{section}}"
    supplement = document(r"\section{Settings}\label{s:set}Weight decay is 0.0125.", preamble, title)
    main = PARTS["paper.tex"].replace(r"\bibliography", r"See Section~\ref{s:set}.\bibliography")
    paper = read(tmp_path, {**PARTS, "paper.tex": main, name: supplement})
    assert paper.title == "Climbing Hills" and "See Section~S1." in paper.text
    assert [section.title for section in paper.sections][-2:] == [
        f"Appendix: {title} ({Path(name).name})",
        "S1 Settings",
    ]
    assert "0.0125" in paper.text and "read as an appendix" in " ".join(paper.notes)


def test_a_supplement_that_the_paper_includes_is_read_once(tmp_path: Path) -> None:
    text = "\nIt has a line that is longer than sixty characters, and its value is 0.0125. Then it ends.\n"
    files = {"supp.tex": document(r"\input{s}", title="Supplement"), "s.tex": text}
    paper = read(tmp_path, {**PARTS, **files, "paper.tex": document(METHOD + r"\appendix\section{More} \input{s}")})
    assert paper.text.count("0.0125") == 1


def test_a_tie_is_told_and_decided_with_main(tmp_path: Path) -> None:
    files = {"one.tex": PAPER, "two.tex": PAPER.replace("0.35", "0.45")}
    paper = read(tmp_path, files)
    assert paper.notes == ("one.tex was read as the main file; also possible: two.tex. Decide with --main FILE.",)
    for name in ("two.tex", "two", str(tmp_path / "two.tex")):
        decided = read(tmp_path, files, name)
        assert "0.45" in decided.text and decided.notes == ()
    with pytest.raises(InputError, match=r"no LaTeX file 'three\.tex'"):
        read(tmp_path, files, "three.tex")


def test_main_names_an_example_too(tmp_path: Path) -> None:
    files = {**PARTS, "example.tex": document(LONG, title="Formatting Instructions for Authors")}
    assert read(tmp_path, files, "example.tex").title == "Formatting Instructions for Authors"


def test_an_old_copy_and_a_stub_are_not_the_paper(tmp_path: Path) -> None:
    stub = document(r"\section{Introduction}Your introduction goes here.", title="My paper")
    paper = read(
        tmp_path, {"main.tex": stub, "neurips.tex": document(METHOD * 20, title="Climbing"), "old/paper.tex": PAPER}
    )
    assert paper.title == "Climbing"


@pytest.mark.parametrize("suffix", [".ltx", ".TEX", ".latex", ".Tex"])
def test_suffixes_of_latex(tmp_path: Path, suffix: str) -> None:
    assert "0.35" in read(tmp_path, {f"paper{suffix}": PAPER}).text

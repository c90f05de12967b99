from __future__ import annotations

from pathlib import Path

import pytest

from p2c.errors import InputError
from tests.generator.readers.sources import body_of, document, read

PART = r"\documentclass[../main]{subfiles}\begin{document}It is 0.625 there.\end{document}"


@pytest.mark.parametrize(
    "command",
    [
        r"\subfileinclude{parts/a}",
        r"\subfile{parts/a}",
        r"\import{parts/}{a}",
        r"\subimport*{parts/}{a.tex}",
        r"\inputfrom{parts/}{a}",
        r"\subinputfrom{./parts/}{a}",
        r"\includefrom*{parts/}{a}",
        r"\subincludefrom{parts/}{a}",
        r"\includestandalone[width=3cm]{parts/a}",
        r"\InputIfFileExists{parts/a}{}{}",
        r"\IfFileExists{parts/a.tex}{\input{parts/a}}{}",
        r"\newcommand{\where}{parts}\input{\where/a}",
        r"\makeatletter\def\input@path{{parts/}}\makeatother\input{a}",
        r"\makeatletter\@input{parts/a.tex}\makeatother",
        r"\input PARTS/A.TEX ",
    ],
)
def test_a_part_is_read_however_it_is_included(tmp_path: Path, command: str) -> None:
    paper = read(tmp_path, {"main.tex": document(r"\section{One}" + command), "parts/a.tex": PART})
    assert "It is 0.625 there." in paper.text and "parts" not in paper.sections[0].text


@pytest.mark.parametrize(
    ("preamble", "body"),
    [
        (r"\input{glyphtounicode}\input{pgfplots.tex}\input tikz \input{epsf.tex}\input{amssym.def}", ""),
        (r"\IfFileExists{mine.tex}{\input{mine.tex}}{}\InputIfFileExists{not/there}{}{}", ""),
        ("", r"\IfFileExists{here.tex}{\input{here}}{\typeout{none}}"),
    ],
)
def test_what_tex_would_not_miss_is_not_missed(tmp_path: Path, preamble: str, body: str) -> None:
    paper = read(tmp_path, {"main.tex": document(rf"\section{{One}}Twelve layers.{body}", preamble)})
    assert "Twelve layers." in paper.text and paper.notes == ()


@pytest.mark.parametrize(
    ("preamble", "body"),
    [
        (r"\input{secret-macros}", ""),
        ("", r"\include{secret-macros}"),
        ("", r"\lstinputlisting{secret-macros}"),
        ("", r"\csvautotabular{secret-macros}"),
        ("", r"\includepdf[pages=-]{secret-macros}"),
        ("", r"\ifthenelse{\boolean{x}}{\input{secret-macros}}{}"),
    ],
)
def test_what_could_not_be_included_is_a_note_with_its_name(tmp_path: Path, preamble: str, body: str) -> None:
    paper = read(tmp_path, {"main.tex": document(rf"\section{{One}}Twelve layers.{body}", preamble)})
    assert "Twelve layers." in paper.text
    assert len(paper.notes) == 1 and "secret-macros" in paper.notes[0]


def test_a_part_that_tex_would_stop_at_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="includes 'gone', which is not in"):
        body_of(tmp_path, r"\input{gone}")


def test_a_generated_table_that_was_not_sent_along_is_a_note(tmp_path: Path) -> None:
    words = "It is a paper with many words in it. " * 400
    paper = read(tmp_path, {"main.tex": document(rf"\section{{One}}{words}\input{{out/table2}}End.")})
    assert "End." in paper.text and paper.notes == (
        "main.tex includes 'out/table2', which is not there; it was left out.",
    )
    with pytest.raises(InputError, match="includes 'sections/setup', which is not in"):
        body_of(tmp_path, words + r"\input{sections/setup}")


def test_files_that_are_shown(tmp_path: Path) -> None:
    body = (
        r"\lstinputlisting[firstline=2,lastline=2]{a.py}\verbatiminput{b.txt}\inputminted{c}{c.c}"
        r"\csvautotabular{d.csv}\pgfplotstableread{e.dat}\rates\pgfplotstabletypeset[col sep=space]\rates"
        r"\begin{tikzpicture}\addplot[red] table[x=n] {f.dat};\end{tikzpicture}\csvreader{g}{n=\n}{\n}"
    )
    files = {
        "main.tex": document(r"\section{One}" + body),
        "a.py": "import os\nx = 0.1 % 2\nlast()\n",
        "b.txt": "repeat {33} times",
        "c.c": "int n = 44;",
        "d.csv": 'name,value\n"rate, first",0.55\n',
        "e.dat": "n m\n6 66\n",
        "f.dat": "n y\n1 0.77\n2 0.78\n",
        "g.csv": "k;v\nlr;0.88\n",
    }
    text = read(tmp_path, files).text
    for shown in (
        "x = 0.1 % 2",
        "repeat {33} times",
        "n = 44",
        "rate, first & 0.55",
        "6 & 66",
        "1 0.77\n2 0.78",
        "lr & 0.88",
    ):
        assert shown in text
    assert "import os" not in text and "last()" not in text and r"\rates" not in text


def test_a_large_table_is_cut_and_said(tmp_path: Path) -> None:
    rows = "\n".join(f"{number},{number}" for number in range(5_000))
    paper = read(tmp_path, {"main.tex": document(r"\section{One}\csvautotabular{t}"), "t.csv": "a,b\n" + rows})
    assert "of 5,000 rows" in paper.notes[0] and len(paper.text) < 5_000


def test_inputs_in_verbatim_text_are_text(tmp_path: Path) -> None:
    assert r"\input{nothing}" in body_of(tmp_path, "\\begin{lstlisting}\n\\input{nothing}\n\\end{lstlisting}")


@pytest.mark.parametrize("command", [r"\lstinputlisting", r"\csvautotabular", r"\verbatiminput", r"\input"])
def test_nothing_outside_the_folder_is_shown(tmp_path: Path, command: str) -> None:
    (tmp_path / "secret.csv").write_text("canary,1\n2,3\n")
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "link.csv").symlink_to("../secret.csv")
    for target in ("../secret.csv", "link.csv", str(tmp_path / "secret.csv")):
        try:
            assert "canary" not in body_of(tmp_path / "p", rf"Words. {command}{{{target}}}")
        except InputError as error:
            assert "outside" in error.message


@pytest.mark.parametrize(
    "opening", [r"\lstinputlisting{", r"\IfFileExists{a}{", r"\iftoggle{a}{", r"\abs{", r"\DeclareOption{"]
)
def test_groups_that_never_close_cost_little(tmp_path: Path, opening: str) -> None:
    preamble = r"\DeclarePairedDelimiter{\abs}{|}{|}"
    files = {
        "main.tex": document(r"\section{One}Words." + opening * 20_000, preamble + r"\usepackage{own}"),
        "own.sty": opening * 20_000,
    }
    assert "Words." in read(tmp_path, files).text

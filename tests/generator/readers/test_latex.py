from __future__ import annotations

from pathlib import Path

import pytest

from p2c.errors import InputError
from p2c.generator.paper import Paper
from p2c.generator.readers import read_paper

PAPERS = Path(__file__).parents[2] / "papers"


def section(paper: Paper, title: str) -> str:
    return next(section.text for section in paper.sections if section.title == title)


def source(folder: Path, body: str, preamble: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    text = f"\\documentclass{{article}}\n{preamble}\n\\begin{{document}}\n\\section{{One}}\n{body}\n\\end{{document}}\n"
    (folder / "main.tex").write_text(text, encoding="utf-8")
    return folder


def text_of(tmp_path: Path, body: str, preamble: str = "") -> str:
    return section(read_paper(str(source(tmp_path / "p", body, preamble))), "1 One")


@pytest.fixture(scope="module")
def paper() -> Paper:
    return read_paper(str(PAPERS / "macros"))


def test_title_abstract_date_and_numbered_sections(paper: Paper) -> None:
    assert paper.title == "Slow Clocks for Sure-Footed Descent A Note"
    assert paper.abstract == "We let the step size tick like a slow clock. It wins by 12.5\\% on a toy task."
    assert (paper.date, paper.source, paper.notes) == ("2021-03", "latex", ())
    assert [(s.level, s.title) for s in paper.sections] == [
        (1, "1 Introduction"),
        (1, "2 Method"),
        (2, "2.1 Steps"),
        (1, "A Hyper-parameters"),
    ]


def test_inputs_are_followed_at_any_depth(paper: Paper) -> None:
    assert "two levels down is read as well, with 100\\% of its words." in section(paper, "1 Introduction")
    assert "no comment" not in paper.text


def test_numbers_hidden_in_macros_stand_where_they_are_used(paper: Paper) -> None:
    assert section(paper, "A Hyper-parameters") == "The learning rate is $3\\times 10^{-4}$ and the clip norm is 0.25."
    assert "on 1,024 points." in section(paper, "2 Method")
    assert "Later we use 2,048 points." in section(paper, "2 Method"), "a redefinition holds from its place on"


def test_equations_stay_latex_with_macros_expanded(paper: Paper) -> None:
    method = section(paper, "2 Method")
    assert "\\begin{equation} \\label{eq:best}" in method
    assert "\\operatorname{arg\\,min}_{\\theta} \\mathcal{L}_{\\mathrm{train}}(\\theta)" in method
    assert "\\mathcal{L}_{\\mathrm{val}}(\\phi)" in method, "an optional argument overrides its default"


@pytest.mark.parametrize("hidden", ["Hidden section", "must not be read", "Nor this", "Commented out", "final version"])
def test_what_the_paper_does_not_show_is_not_read(paper: Paper, hidden: str) -> None:
    assert hidden not in paper.text


def test_the_references_go_and_the_appendix_stays(paper: Paper) -> None:
    assert "entry of the reference list" not in paper.text
    assert "not the paper's" not in paper.text
    assert paper.sections[-1].title == "A Hyper-parameters"


def test_verbatim_keeps_its_percent_sign_and_a_true_switch_its_text(paper: Paper) -> None:
    assert "\\verb|a % b|" in section(paper, "2.1 Steps")
    assert "A draft says this." in paper.text


def test_figures_have_label_caption_and_file(paper: Paper) -> None:
    (figure,) = paper.figures
    assert figure.label == "Figure 1 (fig:dot)"
    assert figure.caption == "A dot, drawn with 2,048 points."
    assert figure.file == (PAPERS / "macros/images/dot.png").resolve()


def test_a_source_without_begin_document_is_read() -> None:
    paper = read_paper(str(PAPERS / "plain" / "cleaned.tex"))
    assert paper.title == "A Source Without Its Preamble"
    assert paper.abstract == "Only the body was kept."
    assert [s.title for s in paper.sections] == ["1 Introduction", "Acknowledgements"]


def test_of_two_main_files_the_paper_is_taken_and_the_choice_is_said() -> None:
    paper = read_paper(str(PAPERS / "two-mains"))
    assert paper.title == "The One That Counts"
    assert paper.notes == ("paper.tex was read as the main file; also possible: cover-letter.tex.",)


def test_parts_that_are_documents_too_give_their_body_only(tmp_path: Path) -> None:
    folder = source(tmp_path / "p", "\\subfile{part} Behind it.")
    part = "\\documentclass[main]{subfiles}\\begin{document}In the part.\\end{document} Never."
    (folder / "part.tex").write_text(part)
    assert section(read_paper(str(folder)), "1 One") == "In the part. Behind it."


def test_the_document_class_may_stand_in_an_included_file(tmp_path: Path) -> None:
    (tmp_path / "zero.tex").write_text("\\documentclass{article}\\newcommand{\\n}{5}")
    (tmp_path / "text.tex").write_text("\\input{zero}\\begin{document}\\section{One}There are \\n.\\end{document}")
    paper = read_paper(str(tmp_path))
    assert section(paper, "1 One") == "There are 5." and not paper.notes


def test_a_missing_input_names_the_file_and_who_includes_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"main\.tex includes 'sections/method', which is not in"):
        read_paper(str(source(tmp_path / "p", "\\input{sections/method}")))


def test_an_input_outside_the_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.tex").write_text("a secret")
    with pytest.raises(InputError, match="outside the paper's folder"):
        read_paper(str(source(tmp_path / "p", "\\input{../secret}")))


SECRET = "\\documentclass{article}\\title{S}\\begin{document}\\section{One}canary\\end{document}"


@pytest.mark.parametrize("target", ["../secret.tex", "ABSOLUTE", "../folder/secret.tex", "step.tex", ".git/secret.tex"])
def test_a_main_file_that_is_a_link_to_outside_is_not_read(tmp_path: Path, target: str) -> None:
    folder = tmp_path / "p"
    for place in (tmp_path, tmp_path / "folder", folder / ".git"):
        place.mkdir(parents=True, exist_ok=True)
        (place / "secret.tex").write_text(SECRET)
    (folder / "step.tex").symlink_to("../secret.tex")
    (folder / "main.tex").symlink_to(target.replace("ABSOLUTE", str(tmp_path / "secret.tex")))
    with pytest.raises(
        InputError, match=r"main\.tex is a link that leads out of the paper's folder, so it was not read"
    ):
        read_paper(str(folder))
    (folder / "own.tex").write_text(SECRET.replace("canary", "harmless"))
    paper = read_paper(str(folder))
    assert section(paper, "1 One") == "harmless"
    assert "main.tex is a link that leads out of the paper's folder, so it was not read." in paper.notes


@pytest.mark.parametrize("name", ["part.tex", "folder/part.tex"])
def test_an_input_that_is_a_link_to_outside_is_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.tex").write_text("canary")
    folder = source(tmp_path / "p", f"\\input{{{name.removesuffix('.tex')}}}")
    if "/" in name:
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "part.tex").write_text("canary")
        (folder / "folder").symlink_to("../other")
    else:
        (folder / name).symlink_to("../secret.tex")
    with pytest.raises(InputError, match="outside the paper's folder"):
        read_paper(str(folder))


def test_links_within_the_folder_are_read(tmp_path: Path) -> None:
    folder = source(tmp_path / "p", "\\input{part}")
    (folder / "real").mkdir()
    (folder / "real" / "text.tex").write_text("It is here.")
    (folder / "part.tex").symlink_to("real/text.tex")
    (folder / "dangling.tex").symlink_to("nothing.tex")
    paper = read_paper(str(folder))
    assert section(paper, "1 One") == "It is here." and not paper.notes


def test_a_file_that_includes_itself_is_refused(tmp_path: Path) -> None:
    folder = source(tmp_path / "p", "\\input{a}")
    (folder / "a.tex").write_text("\\input{b}")
    (folder / "b.tex").write_text("\\input{a}")
    with pytest.raises(InputError, match="includes itself"):
        read_paper(str(folder))


def test_a_folder_without_a_main_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tex").write_text("\\section{One}")
    (tmp_path / "b.tex").write_text("\\section{Two}")
    with pytest.raises(InputError, match=r"no main LaTeX file: none of its 2 \.tex files"):
        read_paper(str(tmp_path))
    with pytest.raises(InputError, match=r"it holds no \.tex file"):
        read_paper(str(PAPERS / "macros" / "images"))


def test_latin_1_is_decoded_and_said(tmp_path: Path) -> None:
    folder = source(tmp_path / "p", "")
    (folder / "main.tex").write_bytes(
        "\\documentclass{article}\\begin{document}\\section{One}Na\xefve Bayes.\\end{document}".encode("latin-1")
    )
    paper = read_paper(str(folder))
    assert "Naïve Bayes." in paper.text
    assert "Latin-1" in paper.notes[0]


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "main.tex").write_bytes(b"\\documentclass{article}\0\0")
    with pytest.raises(InputError, match="no text file"):
        read_paper(str(tmp_path / "main.tex"))


def test_a_main_file_without_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "main.tex").write_text("\\documentclass{article}\\begin{document}\\maketitle\\end{document}")
    with pytest.raises(InputError, match="holds no text"):
        read_paper(str(tmp_path))


@pytest.mark.parametrize(
    ("preamble", "body", "shown"),
    [
        (r"\newcommand{\a}[2]{#2 before #1}", r"\a{x}{y}", "y before x"),
        (r"\def\pair#1#2{<#1|#2>}", r"\pair ab", "<a|b>"),
        (r"\newcommand{\x}{\alpha}", r"$\x y$, $\x{}y$", r"$\alpha y$, $\alpha y$"),
        (r"\let\oldvec\vec\renewcommand{\vec}[1]{\oldvec{\mathbf{#1}}}", r"$\vec{w}$", r"$\vec{\mathbf{w}}$"),
        (r"\providecommand{\n}{5}\providecommand{\n}{6}", r"\n", "5"),
        (r"\NewDocumentCommand{\lr}{m O{0.1}}{#1=#2}", r"\lr{eta}, \lr{eta}[0.2]", "eta=0.1, eta=0.2"),
        (r"\newcommand{\note}[1]{}", r"Seen.\note{unseen}", "Seen."),
        (r"\newcommand{\outer}{\newcommand{\inner}{7}}", r"\outer{}The value is \inner.", "The value is 7."),
        (r"\newif\ifshort\shortfalse", r"\ifshort brief \else in full\fi, $a \iff b$", r"in full, $a \iff b$"),
        (r"\let\ifanon\iffalse", r"\ifanon nobody \else somebody\fi", "somebody"),
        ("", "a % gone\n\nb", "a\n\nb"),
        ("", r"see \url{http://a.b/c%20d} there", r"see \url{http://a.b/c%20d} there"),
        ("", "lower by 12.8% compared to the usual baseline", r"lower by 12.8\% compared to the usual baseline"),
    ],
)
def test_macros_and_conditionals(tmp_path: Path, preamble: str, body: str, shown: str) -> None:
    assert text_of(tmp_path, body, preamble) == shown


def test_a_macro_that_cannot_be_expanded_is_shown_with_its_number(tmp_path: Path) -> None:
    paper = read_paper(str(source(tmp_path / "p", r"Rate \rate x{y}.", r"\def\rate#1#{0.003 #1}")))
    assert section(paper, "Macro definitions") == r"\def \rate#1#{0.003 #1}"


BOMBS = {
    "one that calls itself twice": r"\def\a{\a\a}",
    "one whose argument doubles": r"\newcommand{\a}[1][x]{\a[#1#1]}",
    "two that call each other": r"\newcommand{\a}{\b{z}}\newcommand{\b}[1]{\a\a #1#1}",
    "seven, eight of the next in each": "".join(
        rf"\def\{name}{{{(chr(92) + after) * 8}}}" for name, after in zip("abcdef", "bcdefg", strict=True)
    )
    + r"\def\g{"
    + "x" * 5000
    + "}",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_macros_that_never_end_are_left_and_the_paper_is_read(tmp_path: Path, bomb: str) -> None:
    paper = read_paper(str(source(tmp_path / "p", r"The rate is 0.3. \a \section{After} It stays at 0.4.", bomb)))
    assert [note for note in paper.notes if "expand without end" in note]
    assert "The rate is 0.3." in paper.text and "It stays at 0.4." in paper.text
    assert len(paper.text) < 5_000_000


def test_macros_that_end_are_expanded_however_often_they_stand(tmp_path: Path) -> None:
    paper = read_paper(str(source(tmp_path / "p", r"\rate\ " * 5_000, r"\newcommand{\rate}{0.25}")))
    assert paper.text.count("0.25") == 5_000 and paper.notes == ()


def test_files_that_include_each_other_without_a_circle_end_too(tmp_path: Path) -> None:
    folder = source(tmp_path / "p", r"Words. \input{a0}", "")
    for number in range(30):
        (folder / f"a{number}.tex").write_text(f"\\input{{a{number + 1}}} " * 2)
    (folder / "a30.tex").write_text("end")
    with pytest.raises(InputError, match="include each other"):
        read_paper(str(folder))


@pytest.mark.parametrize("title", ["{" * 3_000 + "T" + "}" * 3_000, r"\textbf{" * 2_000 + "T" + "}" * 2_000])
def test_a_title_without_end_of_nesting_is_a_title_all_the_same(tmp_path: Path, title: str) -> None:
    assert "T" in read_paper(str(source(tmp_path / "p", "Words.", rf"\title{{{title}}}"))).title

"""Counters that a paper sets by hand: references are the numbers that the compiled page shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.generator.readers.sources import body_of, document, read


def equation(label: str, inside: str = "") -> str:
    return rf"\begin{{equation}}{inside}\label{{{label}}}x\end{{equation}}"


A, B, C = map(equation, "abc")
SUPPLEMENT = (
    r"\newcommand{\supplement}{\setcounter{equation}{0}\renewcommand{\theequation}{S\arabic{equation}}"
    r"\setcounter{table}{0}\renewcommand{\thetable}{S\arabic{table}}\setcounter{section}{0}"
    r"\renewcommand\thesection{S\arabic{section}}}"
)
NUMBER_THIS = r"\newcommand\numberthis{\addtocounter{equation}{1}\tag{\theequation}}"


@pytest.mark.parametrize(
    ("body", "preamble", "shown"),
    [
        (rf"\setcounter{{equation}}{{4}}{A}\eqref{{a}}.", "", "(5)."),
        (rf"{A}\addtocounter{{equation}}{{-1}}{B}\addtocounter{{equation}}{{3}}{C}\ref{{b}} \ref{{c}}.", "", "1 5."),
        (rf"{A}\stepcounter{{equation}}{B}\eqref{{b}}.", "", "(3)."),
        (rf"{A}\refstepcounter{{equation}}\label{{r}}See (2).\eqref{{r}}.", "", "(2)."),
        (rf"\setcounter{{figure}}{{6}}{A}\setcounter{{equation}}{{\value{{figure}}}}{B}\eqref{{b}}.", "", "(7)."),
        (rf"\setcounter{{equation}}{{\value{{section}}+10}}{A}\eqref{{a}}.", "", "(12)."),
        (rf"\setcounter{{section}}{{6}}\section{{S}}\label{{s}}{A}\ref{{s}}, \eqref{{a}}.", "", "7, (1)."),
        (rf"\section{{S}}{A}\eqref{{a}}.", r"\renewcommand{\theequation}{\thesection.\arabic{equation}}", "(2.1)."),
        (
            rf"{A}\section{{S}}{B}\eqref{{b}}.",
            r"\makeatletter\@addtoreset{equation}{section}\makeatother\def\theequation{\thesection-\arabic{equation}}",
            "(2-1).",
        ),
        (rf"{A}\section{{S}}\numberwithin{{equation}}{{section}}{B}\eqref{{a}}, \eqref{{b}}.", "", "(1), (2.2)."),
        (rf"\section{{S}}{A}\eqref{{a}}.",
         r"\numberwithin{equation}{section}\counterwithout{equation}{section}", "(1)."),
        (rf"{A}\appendix\setcounter{{equation}}{{0}}\renewcommand{{\theequation}}{{A.\arabic{{equation}}}}{B}"
         r"\eqref{a}, \eqref{b}.", "", "(1), (A.1)."),
        (rf"{A}\supplement\section{{More}}\label{{m}}{B}\begin{{table}}\caption{{T}}\label{{t}}\end{{table}}"
         r"\ref{m}, \ref{b}, \ref{t}.", SUPPLEMENT, "S1, S1, S1."),
        (rf"{A}\begin{{align*}}y&=1\\ z&=2\numberthis\label{{z}}\end{{align*}}{B}\ref{{z}}, \ref{{b}}.",
         NUMBER_THIS, "2, 3."),
        (rf"{A}{equation('p', chr(92) + 'tag{' + chr(92) + 'ref{a}$^{' + chr(92) + 'prime}$}')}\ref{{p}}.", "",
         r"1$^{\prime}$."),
        (rf"{equation('p', chr(92) + 'tag{P' + chr(92) + 'textsubscript{1}}')}{A}\ref{{a}}.", "", "1."),
        (r"\begin{subequations}\label{s}\setcounter{equation}{2}"
         rf"{A}\end{{subequations}}{B}\ref{{a}}, \ref{{b}}.", "", "1c, 2."),
        (r"\newtheorem{lem}{Lemma}\setcounter{lem}{3}\begin{lem}\label{l}So.\end{lem}\Cref{l}.", "", "Lemma~4."),
        (r"\begin{thm}\label{l}So.\end{thm}\ref{l}.",
         r"\newtheorem{thm}{Theorem}\renewcommand{\thethm}{\Alph{thm}}", "A."),
        (r"\begin{figure}\caption{A}\end{figure}\begin{figure}\ContinuedFloat\caption{B}\label{f}\end{figure}\ref{f}.",
         "", "1."),
        (r"\begin{enumerate}\setcounter{enumi}{4}\item\label{i} x\end{enumerate}\ref{i}.", "", "5."),
        (r"\subsection{S}\label{s}\ref{s}.", r"\renewcommand{\thesection}{\Roman{section}}", "I.1."),
        (r"\subsection{S}\label{s}\ref{s}.", r"\renewcommand{\thesubsection}{\thesection.\alph{subsection}}", "1.a."),
    ],
)  # fmt: skip
def test_counters_set_by_hand(tmp_path: Path, body: str, preamble: str, shown: str) -> None:
    text = body_of(tmp_path, body, preamble)
    assert text.rstrip().endswith(shown)
    assert "counter" not in text and "renewcommand" not in text


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (rf"\setcounter{{page}}{{9}}\setcounter{{tocdepth}}{{2}}{A}\eqref{{a}}.", "(1)."),
        (rf"\verb|\setcounter{{equation}}{{4}}|{A}\eqref{{a}}.", "(1)."),
        (rf"\setcounter{{equation}}{{many}}{A}\eqref{{a}}.", "(1)."),
        (rf"\setcounter{{equation}}{{{'9' * 5000}}}{A}\eqref{{a}}.", "(1)."),
        (rf"\renewcommand{{\theequation}}{{\theequation}}{A}\ref{{a}}.", "."),
    ],
)
def test_what_sets_no_counter_of_the_paper(tmp_path: Path, body: str, shown: str) -> None:
    assert body_of(tmp_path, body).rstrip().endswith(shown)


def test_headings_have_the_numbers_that_are_set(tmp_path: Path) -> None:
    body = r"\section{A}a\setcounter{section}{4}\section{B}b\subsection{C}c"
    body += r"\renewcommand{\thesection}{\Roman{section}}\section{D}d"
    titles = [section.title for section in read(tmp_path, {"main.tex": document(body)}).sections]
    assert titles[-4:] == ["1 A", "5 B", "5.1 C", "VI D"]


@pytest.mark.parametrize(("depth", "title"), [(1, "C"), (2, "1.1 C")])
def test_headings_below_the_depth_have_no_number(tmp_path: Path, depth: int, title: str) -> None:
    files = {"main.tex": document(r"\section{A}a\subsection{C}c", rf"\setcounter{{secnumdepth}}{{{depth}}}")}
    assert read(tmp_path, files).sections[-1].title == title


def test_books_number_within_chapters_and_ieee_with_roman_sections(tmp_path: Path) -> None:
    book = document(rf"\chapter{{One}}\chapter{{Two}}{A}By \eqref{{a}}.").replace("{article}", "{book}")
    assert "By (2.1)." in read(tmp_path / "book", {"main.tex": book}).text
    ieee = document(r"\section{A}\section{B}\subsection{C}\label{c}By \ref{c}.").replace("{article}", "{IEEEtran}")
    assert "By II-A." in read(tmp_path / "ieee", {"main.tex": ieee}).text


def test_a_counter_that_is_shown_in_the_text_is_a_number(tmp_path: Path) -> None:
    assert "The last was 1." in body_of(tmp_path, rf"{A}The last was \theequation.")


LIST = (
    r"\begin{enumerate}OPTION\item a\item\label{i} b"
    r"\begin{enumerate}\item c\item\label{j} d\end{enumerate}\end{enumerate}"
)


@pytest.mark.parametrize(
    ("option", "preamble", "shown"),
    [
        ("", "", "2, 2b."),
        ("[G-1.]", r"\usepackage{enumerate}", "2, 2b."),
        ("[(a)]", r"\usepackage{enumerate}", "b, bb."),
        ("[(a)]", r"\usepackage[shortlabels]{enumitem}", "(b), (b)b."),
        (r"[label=(\roman*), leftmargin=*]", r"\usepackage{enumitem}", "(ii), (ii)b."),
        (r"[label=\textbf{A\arabic*}, ref=A\arabic*]", r"\usepackage{enumitem}", "A2, A2b."),
        ("[leftmargin=1em]", r"\usepackage{enumitem}", "2, 2b."),
        ("", r"\renewcommand{\theenumi}{\Roman{enumi}}", "II, IIb."),
    ],
)
def test_items_have_the_numbers_that_their_list_shows(tmp_path: Path, option: str, preamble: str, shown: str) -> None:
    text = body_of(tmp_path, LIST.replace("OPTION", option) + r"See \ref{i}, \ref{j}.", preamble)
    assert text.rstrip().endswith(f"See {shown}")


def test_a_list_goes_on_where_one_before_it_stopped(tmp_path: Path) -> None:
    first = r"\begin{enumerate}\item a\item b\setcounter{kept}{\value{enumi}}\end{enumerate}"
    second = r"\begin{enumerate}\setcounter{enumi}{\value{kept}}\item\label{i} c\end{enumerate}"
    fresh = r"\begin{enumerate}\item\label{j} c\end{enumerate}"
    text = body_of(tmp_path, rf"{first}{second}{fresh}See \ref{{i}}, \ref{{j}}.", r"\newcounter{kept}")
    assert text.rstrip().endswith("See 3, 1.")


PROBLEM = (
    r"\begin{maxi!}{w}{f(w)}{\label{p}}{\label{o}}\addConstraint{w}{\ge 0}{\label{c}}"
    r"\addConstraint{w}{\le 1}{\label{d}}\end{maxi!}"
)


@pytest.mark.parametrize(
    ("body", "preamble", "shown"),
    [
        (rf"{A}{B}{C}By \eqref{{c}}, \eqref{{b}}.", r"\mathtoolsset{showonlyrefs}", "By (2), (1)."),
        (rf"{A}{B}{C}By \cref{{b}} and \eqref{{c}}.", r"\usepackage{autonum}", "By equation~(1) and (2)."),
        (
            r"\begin{align}x&=1\\y&=2\label{s}\\z&=3\label{t}\end{align}By \eqref{t}.",
            r"\mathtoolsset{showonlyrefs=true}",
            "By (1).",
        ),
        (rf"{A}{PROBLEM}{B}By \ref{{p}}, \ref{{o}}, \ref{{c}}, \ref{{d}}, \ref{{b}}.", "", "By 2, 2a, 2b, 2c, 3."),
        (
            rf"{A}By \ref{{a}}.",
            r"\newenvironment{extra}{\renewcommand{\theequation}{S\arabic{equation}}}{}",
            "By 1.",
        ),
    ],
)
def test_packages_that_number_in_their_own_way(tmp_path: Path, body: str, preamble: str, shown: str) -> None:
    assert body_of(tmp_path, body, preamble).rstrip().endswith(shown)


def test_sections_written_as_environments(tmp_path: Path) -> None:
    body = r"\begin{section}{A}a\end{section}\begin{section}{B}\label{b}b"
    body += r"\begin{subsection}{C}In \ref{b}.\end{subsection}\end{section}"
    sections = read(tmp_path, {"main.tex": document(body)}).sections
    assert [section.title for section in sections[-3:]] == ["1 A", "2 B", "2.1 C"]
    assert sections[-1].text == "In 2."

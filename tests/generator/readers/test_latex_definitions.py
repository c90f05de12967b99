from __future__ import annotations

from pathlib import Path

import pytest

from tests.generator.readers.sources import body_of, document, read

OURS = r"""\NeedsTeXFormat{LaTeX2e}
\newcommand{\rate}{0.0035}
\newcommand*{\ours}{\textsc{HillNet}\xspace}
\def\batch{96}
\DeclareMathOperator{\gap}{gap}
\newcommand{\frame@box}[1]{\hbox{#1}}
\newcommand{\sect}{\@startsection{section}}
\renewcommand{\section}{\sect}
\let\oldcite\cite
Text of a package.
"""
BODY = r"\section{One}\ours uses rate \rate, batch \batch, $\gap(x)$, $\sect$."


@pytest.mark.parametrize(
    ("preamble", "files"),
    [
        (r"\usepackage{ours}", {"ours.sty": OURS}),
        (r"\usepackage[final]{amsmath, ours}", {"ours.sty": OURS}),
        (r"\usepackage{style/ours}", {"style/ours.sty": OURS}),
        (r"\usepackage{ours}", {"deep/down/ours.sty": OURS}),
        (r"\usepackage{outer}", {"outer.sty": r"\RequirePackage{ours}", "ours.sty": OURS}),
        (r"\usepackage{outer}", {"outer.sty": r"\input{inner.def}", "inner.def": OURS}),
    ],
)
def test_what_a_package_beside_the_paper_defines(tmp_path: Path, preamble: str, files: dict[str, str]) -> None:
    paper = read(tmp_path, {"main.tex": document(BODY, preamble, r"\ours: Climbing"), **files})
    assert paper.title == "HillNet: Climbing"
    assert r"\textsc{HillNet} uses rate 0.0035, batch 96, $\operatorname{gap}(x)$, $\sect$." in paper.text
    assert "Text of a package" not in paper.text and paper.sections[0].title == "1 One"


def test_what_a_class_beside_the_paper_defines(tmp_path: Path) -> None:
    files = {
        "main.tex": document(BODY).replace("{article}", "{ourclass}"),
        "ourclass.cls": r"\LoadClass{base}\newcommand{\aistatstitle}[1]{\gdef\@title{#1}}",
        "base.cls": OURS,
    }
    assert "rate 0.0035, batch 96" in read(tmp_path, files).text


def test_the_papers_own_definition_holds_and_an_option_is_chosen(tmp_path: Path) -> None:
    sty = (
        r"\newif\iffinal\DeclareOption{final}{\finaltrue}\DeclareOption*{\PassOptionsToPackage{\CurrentOption}{x}}"
        r"\ProcessOptions\iffinal\newcommand{\who}{Them}\else\newcommand{\who}{Nobody}\fi\newcommand{\rate}{0.1}"
    )
    for options, who in (("[final]", "Them"), ("", "Nobody")):
        preamble = rf"\usepackage{options}{{own}}\renewcommand{{\rate}}{{0.2}}"
        text = read(
            tmp_path / who, {"main.tex": document(r"\section{One}\who{} use \rate.", preamble), "own.sty": sty}
        ).text
        assert f"{who} use 0.2." in text


@pytest.mark.parametrize(
    ("preamble", "body", "shown"),
    [
        (r"\DeclarePairedDelimiter{\norm}{\lVert}{\rVert}", r"$\norm{x}$", r"\lVert x \rVert"),
        (r"\DeclarePairedDelimiter\norm{\lVert}{\rVert}", r"$\norm*{x}$", r"\left\lVert x \right\rVert"),
        (r"\DeclarePairedDelimiter{\norm}{\lVert}{\rVert}", r"$\norm[\Big]{x}$", r"\Bigl\lVert x \Bigr\rVert"),
        (r"\DeclarePairedDelimiterX{\inner}[2]{\langle}{\rangle}{#1, #2}", r"$\inner{a}{b}$", r"\langle a, b \rangle"),
        (
            r"\DeclarePairedDelimiterX{\set}[2]{\{}{\}}{#1 \delimsize\vert #2}",
            r"$\set*{a}{b}$",
            r"\left\{ a \middle\vert b \right\}",
        ),
        (r"\DeclarePairedDelimiterXPP{\prob}[1]{\mathbb{P}}{(}{)}{_0}{#1}", r"$\prob{A}$", r"\mathbb{P}( A )_0"),
        (r"\NewDocumentCommand{\f}{s m}{\IfBooleanTF{#1}{star #2}{plain #2}}", r"\f*{a}, \f{b}", "star a, plain b"),
        (r"\NewDocumentCommand\f{m o}{#1\IfNoValueTF{#2}{}{_#2}}", r"\f{a}, \f{b}[2]", "a, b_2"),
        (r"\NewDocumentCommand\f{m D<>{7}}{#1-#2}", r"\f{a}, \f{b}<8>", "a-7, b-8"),
        (r"\DeclareDocumentCommand\f{O{0.5} +m}{#2 at #1}", r"\f{a}, \f[0.25]{b}", "a at 0.5, b at 0.25"),
        (r"\NewDocumentCommand\f{m t+ }{#1\IfBooleanT{#2}{ more}}", r"\f{a}+, \f{b}", "a more, b"),
        (r"\NewDocumentCommand\f{m g}{#1\IfValueT{#2}{ of #2}}", r"\f{a}{b}. \f{c}.", "a of b. c."),
        (r"\newcommand{\old}{5}\NewCommandCopy{\new}{\old}", r"\new", "5"),
    ],
)
def test_definitions_of_xparse_and_mathtools(tmp_path: Path, preamble: str, body: str, shown: str) -> None:
    assert shown in body_of(tmp_path, body, preamble)


@pytest.mark.parametrize(
    ("preamble", "body"),
    [
        (r"\newtoggle{full}\toggletrue{full}", r"\iftoggle{full}{YES}{NO}"),
        (r"\newtoggle{short}", r"\iftoggle{short}{NO}{YES}"),
        (r"\newtoggle{full}\settoggle{full}{true}", r"\nottoggle{full}{NO}{YES}"),
        (r"\newboolean{full}\setboolean{full}{true}", r"\ifthenelse{\boolean{full}}{YES}{NO}"),
        (r"\newboolean{full}\setboolean{full}{true}", r"\iffull YES\else NO\fi"),
        (r"\newif\ifbrief", r"\ifthenelse{\not\boolean{brief}}{YES}{NO}"),
        (r"\newif\ifbrief\brieftrue", r"\ifthenelse{\boolean{brief} \AND \NOT \(1 > 2\)}{YES}{NO}"),
        (r"\newcommand{\mode}{arxiv}", r"\ifthenelse{\equal{\mode}{arxiv}}{YES}{NO}"),
        (r"\newbool{full}\booltrue{full}", r"\ifbool{full}{YES}{NO}"),
        (r"\providebool{full}", r"\notbool{full}{YES}{NO}"),
        ("", r"\ifstrequal{a}{b}{NO}{YES}"),
        (r"\newtoggle{full}\newcommand{\say}{\iftoggle{full}{YES}{NO}}\toggletrue{full}", r"\say"),
        (r"\usepackage{comment}\excludecomment{draft}", r"YES\begin{draft}NO\end{draft}"),
        (r"\usepackage{comment}\excludecomment{draft}\includecomment{draft}", r"\begin{draft}YES\end{draft}"),
        (r"\newenvironment{draft}{\comment}{\endcomment}", r"YES\begin{draft}NO\end{draft}"),
        (r"\usepackage{environ}\NewEnviron{draft}{}", r"YES\begin{draft}NO\end{draft}"),
        (r"\usepackage{version}\excludeversion{long}", r"YES\begin{long}NO\end{long}"),
    ],
)
def test_conditionals_of_packages(tmp_path: Path, preamble: str, body: str) -> None:
    text = body_of(tmp_path, body, preamble)
    assert "YES" in text and "NO" not in text


@pytest.mark.parametrize("body", [r"\iftoggle{what}{ONE}{TWO}", r"\ifthenelse{\value{page}>3}{ONE}{TWO}"])
def test_a_conditional_that_is_not_known_keeps_both(tmp_path: Path, body: str) -> None:
    text = body_of(tmp_path, body)
    assert "ONE" in text and "TWO" in text


@pytest.mark.parametrize("bomb", [r"\newcommand{\a}{\IfBooleanTF{\BooleanTrue}{\a\a}{}}\a", r"\ifstrequal{}{}{" * 300])
def test_conditionals_without_end_are_left(tmp_path: Path, bomb: str) -> None:
    assert "It is 0.3." in body_of(tmp_path, f"It is 0.3. {bomb}")


@pytest.mark.parametrize(
    "title",
    [
        r"\icmltitle{Hill Climbing}",
        r"\twocolumn[\aistatstitle{Hill Climbing}\aistatsauthor{A. Nobody}\aistatsaddress{Nowhere}]",
        r"\mlsystitle{Hill Climbing}",
        r"\TITLE{Hill Climbing}\ARTICLEAUTHORS{\AUTHOR{A. Nobody}\AFF{Nowhere}}",
        r"\Title{Hill Climbing}",
        r"\title[Short]{Hill\\ Climbing\thanks{Nobody}}",
        r"\title [mode = title]{Hill Climbing}",
        r"\begin{titlepage}\centering{\large Nowhere}\\{\Huge\bfseries Hill Climbing\par}\end{titlepage}",
        r"\hypersetup{pdftitle={Hill Climbing}}",
    ],
)
def test_titles(tmp_path: Path, title: str) -> None:
    files = {
        "main.tex": rf"\documentclass{{x}}\begin{{document}}{title}\section{{One}}Words.\end{{document}}",
        "x.cls": r"\long\def\icmltitle#1{\bf #1}\newcommand{\aistatstitle}[1]{\textbf{#1}}",
    }
    assert read(tmp_path, files).title == "Hill Climbing"


@pytest.mark.parametrize(
    ("preamble", "body", "shown"),
    [
        (r"\def\rate#1.{rate of #1 a step.}", r"A \rate 0,02.", "A rate of 0,02 a step."),
        (r"\def\pair(#1,#2){\langle #1 \mid #2\rangle}", r"$\pair(x, y_{(1,2)})$", r"\langle x \mid y_{(1,2)}\rangle"),
        (r"\def\pair(#1,#2){[#1|#2]}", r"\pair({a,b},c)", "[a,b|c]"),
        (r"\def\at#1:#2;{#2 of #1}", r"\at ring:arm; and on", "arm of ring and on"),
        (r"\def\range[#1..#2]{from #1 to #2}", r"\range[1..9]", "from 1 to 9"),
        (r"\def\run#1 #2{#1/#2}", r"\run 0.5 {7}", "0.5/7"),
        (r"\long\gdef\upto#1\stop{up to #1}", r"\upto 12\stop.", "up to 12."),
        (r"\def\first#1#2\stop{#1}", r"\first 34\stop.", "3."),
        (
            r"\newcommand{\loss}[2][0.5]{#2 at #1}",
            r"\loss{a}, \loss[0.25]{b}, \loss[{[1]}]{c}",
            "a at 0.5, b at 0.25, c",
        ),
        (r"\newcommand{\loss}[1][1=x]{is #1.}", r"\loss{} \loss[7]", "is 1=x."),
        (r"\newcommandx{\loss}[2][1=x,2=y]{#1 and #2.}", r"\loss, \loss[z]", "x and y., z and y."),
    ],
)
def test_arguments_that_end_at_marks_and_optional_ones(tmp_path: Path, preamble: str, body: str, shown: str) -> None:
    assert shown in body_of(tmp_path, body, preamble)


@pytest.mark.parametrize(
    "body",
    [
        r"\pair[a,b] is not it.",
        "\\pair(a; b) has no comma in it.\n\nNor has this one, but here (a,b).",
        r"{\pair(a} b,c)",
    ],
)
def test_what_does_not_fit_the_marks_stays_as_it_stands(tmp_path: Path, body: str) -> None:
    assert body.partition("\n")[0] in body_of(tmp_path, body, r"\def\pair(#1,#2){[#1|#2]}")


def test_marks_that_never_come_cost_no_time(tmp_path: Path) -> None:
    body = "It is 0.3. " + r"\pair(a " * 20_000
    assert "It is 0.3." in body_of(tmp_path, body, r"\def\pair(#1,#2){[#1|#2]}")

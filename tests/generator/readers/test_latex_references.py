from __future__ import annotations

from pathlib import Path

import pytest

from tests.generator.readers.sources import body_of, document, read

PREAMBLE = r"""\newtheorem{thm}{Theorem}[section]\newtheorem{lem}[thm]{Lemma}\newtheorem{asm}{Assumption}
\declaretheorem[name=Claim]{clm}"""
BODY = r"""\section{Start}\label{sec:start}
\begin{equation}\label{eq:a}x=1\end{equation}
\begin{align} y&=2\label{eq:b}\\ z&=3\nonumber\\ w&=4\label{eq:c}\end{align}
\begin{equation*}q=5\end{equation*}
\begin{align} u&=6 \label{eq:late}\nonumber\\ &=7\end{align}
\begin{equation}\tag{LP}\label{eq:lp}v=8\end{equation}
\begin{subequations}\label{eq:both}\begin{align}s&=1\label{eq:s}\\t&=2\label{eq:t}\end{align}\end{subequations}
\section{Next} \subsection{Inner}\label{sec:inner}
\begin{asm}\label{a:one}Always.\end{asm}
\begin{thm}[Main]\label{t:main}So.\end{thm}\begin{lem}\label{l:one}Then.\end{lem}\begin{clm}\label{c:one}Thus.\end{clm}
\begin{figure}\begin{subfigure}{1cm}\caption{x}\label{f:left}\end{subfigure}\caption{Two.}\label{f:both}\end{figure}
\begin{table}\caption{Settings}\label{tab:set}\end{table}
\begin{algorithm}\caption{Climb}\label{alg:climb}\end{algorithm}
\begin{enumerate}\item a\item\label{i:two} b\end{enumerate}
\appendix\section{Proofs}\label{app:p}
SEE: REFERENCE."""


@pytest.mark.parametrize(
    ("reference", "shown"),
    [
        (r"\ref{sec:inner}", "2.1"),
        (r"\eqref{eq:a}", "(1)"),
        (r"\eqref{eq:b}, \eqref{eq:c}", "(2), (3)"),
        (r"\eqref{eq:late}", "(4)"),
        (r"\eqref{eq:lp}", "(LP)"),
        (r"\eqref{eq:both}, \eqref{eq:t}", "(5), (5b)"),
        (r"\Cref{sec:start}", "Section~1"),
        (r"\cref{eq:a,eq:b}", "equations~(1) and (2)"),
        (r"\Cref{t:main,tab:set}", "Theorem~2.1 and Table~1"),
        (r"\autoref{l:one}", "Lemma 2.2"),
        (r"\autoref{sec:start}, \autoref{f:both}", "section 1, Figure 1"),
        (r"\ref{f:left}", "1a"),
        (r"\cref{alg:climb}", "algorithm~1"),
        (r"\cref{a:one} and \cref{c:one}", "assumption~1 and claim~1"),
        (r"\ref{i:two}", "2"),
        (r"\Cref{app:p}", "Appendix~A"),
        (r"\nameref{sec:inner}", "Inner"),
        (r"\hyperref[sec:inner]{Sec.~\ref{sec:inner}}", "Sec.~2.1"),
        (r"\crefrange{eq:a}{eq:c}", "equations (1) to (3)"),
        (r"\ref{nowhere}", r"\ref{nowhere}"),
        (r"\verb|\ref{sec:inner}|", r"\verb|\ref{sec:inner}|"),
    ],
)
def test_references_are_the_numbers_of_the_page(tmp_path: Path, reference: str, shown: str) -> None:
    paper = read(tmp_path, {"main.tex": document(BODY.replace("REFERENCE", reference), PREAMBLE)})
    assert paper.sections[-1].text.endswith(f"SEE: {shown}.")


def test_numbers_stand_at_what_they_number(tmp_path: Path) -> None:
    text = read(tmp_path, {"main.tex": document(BODY, PREAMBLE)}).text
    for shown in (
        r"\label{eq:a}\tag{1}",
        r"\label{eq:c}\tag{3}",
        r"\caption{Table 1: Settings}",
        r"\caption{Algorithm 1: Climb}",
        r"\begin{thm}[Main] \textbf{Theorem 2.1.}",
    ):
        assert shown in text
    assert text.count(r"\tag{LP}") == 1


def test_equations_are_numbered_within_sections_where_the_paper_says_so(tmp_path: Path) -> None:
    body = r"\begin{equation}\label{a}x\end{equation}\section{Two}\begin{equation}\label{b}y\end{equation}By \eqref{b}."
    assert "By (2.1)." in body_of(tmp_path, body, r"\numberwithin{equation}{section}")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            r"\begin{figure}\subfigure[L\label{p}]{x}\subfigure[R]{y\label{q}}\caption{B}\end{figure}\ref{p} \ref{q}",
            "1(a) 1(b)",
        ),
        (r"\begin{figure}\caption{B}\subfloat[L]{x\label{p}}\subfloat{\label{q}}\end{figure}\ref{p} \ref{q}", "1a 1b"),
        (r"\begin{figure}\caption{A}\label{p}\caption{B}\label{q}\end{figure}\ref{p} \ref{q}", "1 2"),
        (r"\begin{lstlisting}[caption={A}, label=p]\nx\n\end{lstlisting}\ref{p}", "1"),
    ],
)
def test_parts_of_figures_and_listings(tmp_path: Path, body: str, shown: str) -> None:
    assert body_of(tmp_path, body).rstrip().endswith(shown)


def test_tables_of_ieee_have_roman_numbers(tmp_path: Path) -> None:
    tables = "".join(rf"\begin{{table}}\caption{{A}}\label{{t{number}}}\end{{table}}" for number in range(4))
    files = {
        "main.tex": document(rf"\section{{One}}{tables}See \ref{{t3}}.").replace("{article}", "[conference]{IEEEtran}")
    }
    assert "See IV." in read(tmp_path, files).text


BIB = r"""@string{nips = "NIPS"}
@Article{kb, author = {Kingma, Diederik P. and Ba, Jimmy}, title = {{Adam}: A Method}, year = 2015}
@inproceedings{vas, title="Attention", author="Ashish Vaswani and Noam Shazeer and others",
  booktitle=nips, year={2017},}
@misc{org, author={{The Team}}, title={A Report with 5\% more}, date={2020-03}}
@book{dutch, author={Aad van der Vaart}, title={Asymptotics}, year={1998}}
"""
BBL = r"""\begin{thebibliography}{1}
\bibitem[Kingma \& Ba(2015)Kingma and Ba]{kb} Kingma, D.~P. and Ba, J. \newblock Adam: A Method.
\newblock In \emph{ICLR}, 2015.
\bibitem{vas} A.~Vaswani, N.~Shazeer, and N.~Parmar. \newblock Attention.
\newblock In {\em NIPS}, pages 5998--6008, 2017.
\end{thebibliography}"""


@pytest.mark.parametrize(
    ("citation", "shown"),
    [
        (r"\citep{kb}", "(Kingma and Ba, 2015, “Adam: A Method”)"),
        (r"\citet{kb}", "Kingma and Ba (2015, “Adam: A Method”)"),
        (
            r"\cite[see][p.~3]{kb,vas}",
            "(see Kingma and Ba, 2015, “Adam: A Method”; Vaswani et al., 2017, “Attention”, p.~3)",
        ),
        (r"\parencite{vas}, \textcite{vas}", "(Vaswani et al., 2017, “Attention”), Vaswani et al. (2017)"),
        (r"\citeyear{kb} and \citeauthor{kb}", "2015 and Kingma and Ba"),
    ],
)
@pytest.mark.parametrize("form", ["bib", "bbl", "list"])
def test_citations_are_author_and_year_with_the_title_once(
    tmp_path: Path, citation: str, shown: str, form: str
) -> None:
    list_of = BBL if form == "list" else r"\bibliography{own}"
    files = {"main.tex": document(rf"\section{{One}}As {citation} say.{list_of}")}
    files |= {"bib": {"own.bib": BIB}, "bbl": {"main.bbl": BBL}, "list": {}}[form]
    assert f"As {shown} say." in read(tmp_path, files).text


def test_other_entries_and_unknown_keys(tmp_path: Path) -> None:
    body = r"\section{One}\cite{org}. \citet{dutch}. \cite{nobody}.\addbibresource{own.bib}"
    text = read(tmp_path, {"main.tex": document(body), "own.bib": BIB}).text
    assert "(The Team, 2020, “A Report with 5% more”). Aad" not in text
    assert "(The Team, 2020, “A Report with 5% more”). van der Vaart (1998, “Asymptotics”)." in text
    assert r"\cite{nobody}" in text


def test_biblatex_and_acm_lists(tmp_path: Path) -> None:
    biblatex = r"""\entry{kb}{article}{}
\name{author}{2}{}{{{hash=1}{family={Kingma},given={D}}}{{hash=2}{family={Ba},given={J}}}}
\strng{namehash}{1}\field{title}{Adam}\field{year}{2015}\endentry"""
    acm = r"""\bibitem[\protect\citeauthoryear{Kingma and Ba}{Kingma and Ba}{2015}]{kb}
\bibfield{author}{\bibinfo{person}{Diederik Kingma} {and} \bibinfo{person}{Jimmy Ba}.} \bibinfo{year}{2015}.
\newblock \showarticletitle{Adam}."""
    for number, bbl in enumerate((biblatex, acm)):
        files = {"main.tex": document(r"\section{One}\cite{kb}"), "main.bbl": bbl}
        assert "(Kingma and Ba, 2015, “Adam”)" in read(tmp_path / str(number), files).text


def test_a_broken_bibliography_costs_nothing_but_itself(tmp_path: Path) -> None:
    broken = "@article{kb, author = {" + "{" * 50_000 + '@article{vas, title = "' + "@a{b," * 20_000
    text = read(
        tmp_path, {"main.tex": document(r"\section{One}As \cite{kb}.\bibliography{own}"), "own.bib": broken}
    ).text
    assert "As " in text

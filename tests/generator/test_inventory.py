from __future__ import annotations

from pathlib import Path

import pytest

from p2c.generator.criteria import InventoryItem
from p2c.generator.inventory import resolve, take_inventory
from p2c.generator.inventory_tables import compared
from p2c.generator.paper import Figure, Paper, Section
from p2c.paper_references import expand, find_references

LATEX = r"""
\begin{equation}
  q(x) = \exp(-x) \label{eq:q}\tag{1}
\end{equation}
Then
\begin{align}
  a &= b, \label{eq:a}\tag{2} \\
  c &= d. \tag{A.3}
\end{align}
\begin{lemma}[Small] \textbf{Lemma 2.} The step is a contraction.
\end{lemma}
\begin{algorithm}
\caption{Algorithm 1: Restart \textbf{often}\label{alg}}
\end{algorithm}
Algorithm 2 puts them together.

\begin{table}[t]
\caption{Table 1: Error of each method.}
\label{tab:one}
\begin{tabular}{lcc}
\toprule
\multirow{2}{*}{Method} & \multicolumn{2}{c}{Error} \\
\cmidrule{2-3}
& easy & hard \\
\midrule
Gradient descent \citep{cauchy} & $1.2 \pm 0.1$ & 3 \\
\textbf{Ours} & 0.4 & \textbf{0.9} \\
\bottomrule
\end{tabular}
\end{table}
"""
MARKDOWN = r"""
$$ y_{k} = x_{k} + β \tag{7} $$

Theorem 3.1. Every sequence converges.

Theorem 3.1 holds for any start.

Algorithm 4 Averaging of iterates

| Length | SRU | QRNN (filter size 2) |
|---|---|---|
| 16 | 0.3 | 0.4 |
| 256 | 0.8 | 0.9 |

Table 2: Speed against the serial kernel.

Table 3: Hyper-parameters.

| Parameter | Value |
|---|---|
| step size | 0.1 |
| momentum | 0.9 |
"""


def paper(text: str, source: str, figures: tuple[Figure, ...] = ()) -> Paper:
    return Paper("id", "Title", "", (Section("2 Method", text),), figures, source)


def by_id(text: str, source: str) -> dict[str, InventoryItem]:
    return {item.id: item for item in take_inventory(paper(text, source))}


def test_latex() -> None:
    found = by_id(LATEX, "latex")
    assert list(found) == ["equation 1", "equation 2", "equation A.3", "algorithm 1", "lemma 2", "table 1"]
    assert found["equation 1"].text == r"q(x) = \exp(-x)"
    assert found["equation A.3"].text == "c &= d." and found["equation A.3"].section == "2 Method"
    assert found["lemma 2"].kind == "theorem" and found["lemma 2"].text.startswith("The step is")
    assert found["algorithm 1"].text.startswith("Restart")
    assert found["table 1"].columns == ("Method", "Error easy", "hard")
    assert found["table 1"].rows == ("Gradient descent", "Ours")
    assert compared(found["table 1"]) == ("Gradient descent", "Ours")


def test_markdown_of_a_pdf() -> None:
    found = by_id(MARKDOWN, "pdf")
    assert list(found) == ["equation 7", "algorithm 4", "theorem 3.1", "table 2", "table 3"]
    assert found["theorem 3.1"].text == "Every sequence converges."
    assert found["table 2"].rows == ("16", "256")
    assert compared(found["table 2"]) == ("SRU", "QRNN (filter size 2)"), "methods across, sizes down"
    assert found["table 3"].rows == ("step size", "momentum")
    assert compared(found["table 3"]) == (), "settings are no methods"


def test_lines_that_end_in_a_number_where_a_reader_knows_no_tags() -> None:
    text = "Attention(Q, K) = softmax(QK) V (1)\n\nAs is said by many (2)\n\nlrate = d -0.5 (3)\n"
    assert list(by_id(text, "s2orc")) == ["equation 1", "equation 3"]
    assert list(by_id(text, "latex")) == []


def test_figures_come_from_the_reader_and_once() -> None:
    figures = (Figure("Figure 1 (fig:a)", "One"), Figure("Figure 1 (fig:a), part 2", "One"), Figure("Figure 2", "Two"))
    assert [item.id for item in take_inventory(paper("", "latex", figures))] == ["figure 1", "figure 2"]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Eq. 7", "equation 7"),
        ("Equation (7)", "equation 7"),
        ("eq.~(7)", "equation 7"),
        ("Alg. 4", "algorithm 4"),
        ("Tab. 2", "table 2"),
        ("Theorem 3.1", "theorem 3.1"),
        ("table 3", "table 3"),
        ("Eq. 8", None),
        ("Section 7", None),
        ("the equation", None),
    ],
)
def test_a_reference_is_resolved(said: str, found: str | None) -> None:
    item = resolve(said, take_inventory(paper(MARKDOWN, "pdf")))
    assert (item.id if item else None) == found


def test_a_part_of_a_figure_is_the_figure() -> None:
    inventory = take_inventory(paper("", "pdf", (Figure("Figure 2", "Two panels"),)))
    item = resolve("Fig. 2a", inventory)
    assert item is not None and item.id == "figure 2"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Eqs. (3)-(5) and Table 2", ["equation 3", "equation 4", "equation 5", "table 2"]),
        ("Algorithms 1 and 3", ["algorithm 1", "algorithm 3"]),
        ("Eq. (A.2), Fig. 2a", ["equation A.2", "figure 2a"]),
        ("plt.figure(1); def f2(): hash_table 3; 5 figures", []),
    ],
)
def test_references_of_a_text(text: str, ids: list[str]) -> None:
    assert [one.id for one in find_references(text)] == ids


def test_ids_that_are_grouped() -> None:
    assert expand("figure 1-3") == ("figure 1", "figure 2", "figure 3")
    assert expand("c4") == ("c4",)
    assert expand("table 1: Ours") == ("table 1: Ours",)


def test_the_example_paper_has_what_it_has() -> None:
    from p2c.generator.readers import read_paper

    folder = Path(__file__).parents[2] / "examples/adaptive-restart/paper"
    inventory = take_inventory(read_paper(str(folder / "main.tex")))
    ids = [item.id for item in inventory]
    assert ids == [*(f"equation {n}" for n in range(1, 9)), "algorithm 1", *(f"table {n}" for n in range(1, 5))]
    tables = {item.id: compared(item) for item in inventory if item.kind == "table"}
    assert "Function restart" in tables["table 1"] and len(tables["table 1"]) == 7
    assert tables["table 3"] == () and tables["table 4"] == ()

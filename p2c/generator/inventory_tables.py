"""Tables in a paper's text, as Markdown or as LaTeX: number, caption, heads of rows and columns, methods compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from p2c.generator.criteria import InventoryItem
from p2c.paper_references import NUMBER

MOST = 60
"""Heads of one table that are kept."""
NEAR = 3
"""Lines that aren't empty between a caption and the Markdown table that it belongs to."""

_CAPTION = re.compile(
    rf"^[>\s*]*(?:\*\*)?(?:Table|TABLE|Tab\.)\s+(?P<number>{NUMBER})(?:\*\*)?[.:]?\s*(?P<text>[^\n]*)$"
)
_LATEX = re.compile(
    r"\\begin\{(?P<name>(?:wrap|sideways|long)?table\*?)\}(?P<body>.*?)\\end\{(?P=name)\}|"
    r"\\captionof\{table\}\{Table[^\n]*\n(?P<loose>.*?\\end\{tabular\w*\*?\})",
    re.DOTALL,
)
_LATEX_CAPTION = re.compile(rf"\\caption(?:of\{{table\}})?\*?(?:\[[^\]]*\])?\{{\s*Table\s+(?P<number>{NUMBER})[:.]?\s*")
_TABULAR = re.compile(r"\\begin\{(?P<name>tabular\w*\*?)\}(?P<body>.*?)\\end\{(?P=name)\}", re.DOTALL)
_RULE = re.compile(r"\\(?:toprule|midrule|bottomrule|hline|specialrule|cmidrule|cline|rule)\b(?:\s*\(\w+\))?"
                   r"(?:\{[^{}]*\}|\[[^\]]*\])*")  # fmt: skip
_SPAN = re.compile(r"\\multi(?:row|column)\s*\{[^{}]*\}(?:\[[^\]]*\])?\s*\{[^{}]*\}\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_CITE = re.compile(r"\\(?:cite\w*|label|footnote(?:mark)?)\*?(?:\[[^\]]*\])*\{[^{}]*\}|~")
_LOOKS = re.compile(r"\\(?:textbf|textit|emph|textsc|textrm|text|mathbf|boldmath|bf|it)\b\s*|[{}]|\*\*")
_NUMERIC = re.compile(
    r"[\d.,±%+\-−–()\s$^{}\\·×<>=~*†‡kKMx/]*(?:\\(?:pm|times|cdot|mathbf|bf|approx)[\d.,±%+\-−()\s${}^]*)*"
)
_METHODS = re.compile(
    r"\b(?:models?|methods?|algorithms?|approach(?:es)?|baselines?|systems?|architectures?|parsers?|runs?|optimi[sz]ers?|"
    r"estimators?|agents?|variants?|networks?|layers?|layer type|strategy|strategies|rules?|learners?|classifiers?)\b",
    re.IGNORECASE,
)
_DATA = re.compile(r"\b(?:data ?sets?|data|tasks?|environments?|problems?|corpus|games?)\b", re.IGNORECASE)
_MEASURES = re.compile(
    r"accura|error|loss|time|bleu|\bf1|perplex|\bppl|score|mean|std|\bkl|\bnll|\bece|param|size|step|epoch|train|test|valid|"
    r"number|sampl|feature|class|dimension|length|\bauc|return|reward|speed|flops|memory|cost|rate|\bmse|\brmse|\bmae",
    re.IGNORECASE,
)
_SETTINGS = re.compile(r"parameter|hyper|symbol|setting|notation|\bvalues?\b|meaning", re.IGNORECASE)


@dataclass(frozen=True)
class PaperTable:
    """A numbered table with the heads that could be read."""

    number: str
    caption: str
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


def tables(text: str) -> Iterator[PaperTable]:
    """Yield the tables of a section's text, Markdown's and LaTeX's."""
    yield from _markdown(text)
    for match in _LATEX.finditer(text):
        body = match[0]
        caption = _LATEX_CAPTION.search(body) or re.search(rf"Table\s+(?P<number>{NUMBER})[:.]", body)
        tabular = _TABULAR.search(body)
        if caption:
            rows = _latex_rows(tabular["body"]) if tabular else []
            end = body[caption.end() :].split("\\begin{tabular", 1)[0]
            said = _clean(re.split(r"\\label|\n\\|\}\s*\n", end, maxsplit=1)[0])
            yield _table(caption["number"], said.rstrip("}"), rows)


def compared(item: InventoryItem) -> tuple[str, ...]:
    """Return the methods and baselines that a table compares, as far as its heads show them.

    Rows are methods where their column's head says so (`Method`, `Model`, `Run`), or where it is empty and the rows
    have names. Columns are where the rows are sizes or data sets and no column is a measure (`SRU`, `LSTM` against
    `Accuracy`, `Time`). A table of settings compares nothing.
    """
    head = item.columns[0] if item.columns else ""
    if item.kind != "table" or _SETTINGS.search(f"{head} {item.text[:60]}"):
        return ()
    named = [row for row in item.rows if re.search(r"[^\W\d_]{2}", row)]
    if _METHODS.search(head) or (not head and len(named) >= 2):
        return tuple(named)
    across = [name for name in item.columns[1:] if re.search(r"[A-Z]", name) and not name.startswith(("$", "\\("))]
    if (not named or _DATA.search(head)) and len(across) >= 2 and not any(map(_is_measure, item.columns[1:])):
        return tuple(across)
    return ()


def _is_measure(head: str) -> bool:
    return bool(_MEASURES.search(re.sub(r"\([^()]*\)", "", head)))


def _markdown(text: str) -> Iterator[PaperTable]:
    lines = [line for line in text.split("\n") if line.strip()]
    for place, line in enumerate(lines):
        caption = _CAPTION.match(line)
        if not caption or (caption["text"][:1].islower() and ":" not in line[:16]):
            continue
        start = _next_row(lines, place, 1)
        last = _next_row(lines, place, -1)
        if start is None and last is None:
            continue
        nearer = last is None or (start is not None and start - place <= place - last)
        block = _block(lines, start or 0) if nearer else _block_before(lines, last or 0)
        yield _table(caption["number"], caption["text"], [_cells(row) for row in block if not _is_line(row)])


def _next_row(lines: Sequence[str], place: int, step: int) -> int | None:
    """The line of a table that is near a caption, with no other caption between."""
    for n in range(place + step, place + step * (NEAR + 1), step):
        if not 0 <= n < len(lines) or _CAPTION.match(lines[n]):
            return None
        if _is_row(lines[n]):
            return n
    return None


def _is_row(line: str) -> bool:
    return line.lstrip().startswith("|") and line.count("|") >= 2


def _is_line(line: str) -> bool:
    return not re.sub(r"[|\s:-]", "", line)


def _block(lines: Sequence[str], start: int) -> list[str]:
    end = next((n for n in range(start, len(lines)) if not _is_row(lines[n])), len(lines))
    return list(lines[start:end])


def _block_before(lines: Sequence[str], last: int) -> list[str]:
    first = next((n for n in range(last, -1, -1) if not _is_row(lines[n])), -1)
    return list(lines[first + 1 : last + 1])


def _cells(row: str) -> list[str]:
    return [_clean(cell) for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def _latex_rows(body: str) -> list[list[str]]:
    rows: list[list[str]] = []
    text = re.sub(r"^(?:\[[^\]]*\])?(?:\{(?:[^{}]|\{[^{}]*\})*\})+", "", body)
    for row in re.split(r"\\\\(?:\[[^\]]*\])?|\\tabularnewline", text):
        cells = [_clean(_SPAN.sub(r"\1", cell)) for cell in re.split(r"(?<!\\)&", _RULE.sub(" ", row))]
        if any(cells):
            rows.append(cells)
    return rows


def _table(number: str, caption: str, rows: list[list[str]]) -> PaperTable:
    heads = next((n for n, row in enumerate(rows) if n and _has_numbers(row)), min(1, len(rows)))
    top = rows[:heads] if rows else []
    width = max(map(len, top), default=0)
    columns = [" ".join(dict.fromkeys(row[n] for row in top if n < len(row) and row[n])) for n in range(width)]
    names = dict.fromkeys(row[0] for row in rows[heads:] if row and row[0])
    return PaperTable(number, caption, tuple(names)[:MOST], tuple(columns)[:MOST])


def _has_numbers(row: list[str]) -> bool:
    return any(re.search(r"\d", cell) and _NUMERIC.fullmatch(cell) for cell in row[1:])


def _clean(text: str) -> str:
    said = _CITE.sub(" ", _SPAN.sub(r"\1", text)).replace("\\&", "&")
    return " ".join((said if "$" in said else _LOOKS.sub("", said)).split()).strip()

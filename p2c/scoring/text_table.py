"""A score's document as tables for people."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from p2c.formatting import duration, money, plural
from p2c.reports.html.score import computed_rows, headline, problems_of
from p2c.safe_text import one_line, visible

WIDTH = 120
"""Columns where the output is no terminal."""
MOST_PROBLEMS = 12
_STYLES: Mapping[str, str] = {"high": "red", "medium": "yellow", "met": "green", "partly": "yellow", "not": "red"}


def print_score(document: Mapping[str, Any], stream: TextIO) -> None:
    """Print the score: problems, rubric, what was computed, findings, and the headline last."""
    if stream.isatty():
        _print_score(document, Console(file=stream, highlight=False))
        return
    text = io.StringIO()
    _print_score(document, Console(file=text, highlight=False, width=WIDTH))
    stream.write(visible(text.getvalue()))  # lines were broken: what stood inside of one may begin another


def _print_score(document: Mapping[str, Any], console: Console) -> None:
    for table in _tables(document):
        console.print(table)
    for line in document["addressed"]:
        console.print(_text(f"addressed to the judge: {line['path']}:{line['line']}: {line['text']}", "red", 200))
    for note in document["notes"]:
        console.print(_text(f"note: {note}", "yellow", 400))
    usage = document["usage"]
    tokens = usage["prompt_tokens"] + usage["completion_tokens"]
    spent = f"{plural(usage['calls'], 'model call')}, {plural(tokens, 'token')}"
    spent += f", cost {money(usage['usd'], usage['calls'])}"
    console.print(_text(f"{duration(document['seconds'])}, {spent}", "dim"))
    console.print(_text(headline(document), "bold"))


def _tables(document: Mapping[str, Any]) -> Iterator[Table]:
    problems = problems_of(document)
    if problems:
        table = _table("Problems, by place", ("severity", "samples", "place", "what"))
        for problem in problems[:MOST_PROBLEMS]:
            table.add_row(
                Text(problem.severity, style=_STYLES.get(problem.severity, "")),
                f"{problem.samples} of {document['valid']}",
                _text(problem.place, width=60),
                _text(problem.what, width=240),
            )
        if len(problems) > MOST_PROBLEMS:
            table.caption = f"{len(problems) - MOST_PROBLEMS} more; --json lists all"
        yield table
    if document["rubric"]:
        yield _rubric(document["rubric"])
    table = _table("Computed", ("what", "value", "note"))
    for what, value, note in computed_rows(document["computed"]):
        table.add_row(what, value, _text(note, width=300))
    yield table


def _rubric(rubric: Mapping[str, Any]) -> Table:
    table = _table(f"Rubric ({one_line(str(rubric['origin']), 80)})", ("item", "share", "verdict", "what", "lines"))
    for item in rubric["items"]:
        word = "unjudged" if item["verdict"] is None else item["verdict"] if item["proven"] else "unproven"
        table.add_row(
            _text(item["id"], width=40),
            f"{100 * item['share']:.1f}%",
            Text(word, style=_STYLES.get(word, "")),
            _text(item["requirement"], width=160),
            _text(", ".join(item["evidence"][:3]), width=120),
        )
    return table


def _table(title: str, names: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left", expand=False, box=None, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name, no_wrap=name in ("severity", "samples", "share", "verdict", "item"), overflow="fold")
    return table


def _text(text: str, style: str = "", width: int = 300) -> Text:
    """Return untrusted text for rich: one line, no markup, no control characters."""
    return Text(one_line(str(text), width), style=style)

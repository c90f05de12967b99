"""A score's document in Markdown, for the report that a pull request shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from p2c.reports.formats.markdown import code
from p2c.reports.html.score import computed_rows, headline, problems_of, spot_of, word_of

MOST_LINES = 12
MOST_PROBLEMS = 20


def score_markdown(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parts of the score in Markdown; untrusted text only stands in code spans."""
    yield f"### Faithfulness: {headline(document)}"
    for line in document["addressed"][:MOST_LINES]:
        yield f"⚠️ addressed to the judge: {code(spot_of(line))} {code(str(line['text']), 300)}"
    problems = problems_of(document)[:MOST_PROBLEMS]
    if problems:
        rows = [
            f"- **{code(p.severity, 10)}** {code(p.place, 120)} ({p.samples}×) {code(p.what, 300)}" for p in problems
        ]
        yield "\n".join(rows)
    rubric = document.get("rubric")
    if rubric:
        rows = ["| item | share | verdict | requirement | lines |", "|---|--:|---|---|---|"]
        rows += [_markdown_row(item) for item in rubric["items"]]
        yield "\n".join(rows)
    rows = [
        f"- {measure}: {code(value, 80)} {code(note, 300)}".rstrip()
        for measure, value, note in computed_rows(document["computed"])
    ]
    yield "\n".join(rows)


def _markdown_row(item: Mapping[str, Any]) -> str:
    cells = (
        item["id"],
        f"{100 * item['share']:.1f}%",
        word_of(item),
        item["requirement"],
        ", ".join(item["evidence"][:3]),
    )
    return "| " + " | ".join(code(str(cell), 200).replace("|", "\\|") for cell in cells) + " |"

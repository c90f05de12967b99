"""A batch as one page: what it came to, and a row for each item with the way to its report."""

from __future__ import annotations

from urllib.parse import quote

from p2c.batch.summary import Summary, SummaryRow, score_words
from p2c.formatting import VERDICTS, duration, money, plural
from p2c.reports.html.checks import TONES
from p2c.reports.html.elements import Html, el, join, untrusted
from p2c.reports.html.page import render_page
from p2c.safe_text import one_line

HEADS = (("item", False), ("verdict", False), ("patches kept", True), ("time", True), ("tokens", True), ("cost", True),
         ("score", True), ("why", False))  # fmt: skip


def render_overview(summary: Summary, title: str) -> str:
    """Return the page; what items and their programs say is shown, never obeyed."""
    shown_title = one_line(title, 120)
    runs = sum(row.verdict == "runs" for row in summary.rows)
    tone = "good" if runs == len(summary.rows) else "bad" if summary.exit_code == 1 else "warn"
    line = el("p", untrusted(summary.why), ".")
    verdict = el(
        "div", el("strong", f"{runs:,} of {len(summary.rows):,} run"), line, class_=f"verdict {tone}", role="status"
    )
    header = join(el("h1", "Batch: ", untrusted(shown_title)), verdict, _facts(summary))
    heads = [el("th", name, scope="col", class_="number" if number else None) for name, number in HEADS]
    rows = [_row(row) for row in summary.rows]
    table = el("div", el("table", el("thead", el("tr", *heads)), el("tbody", *rows)), class_="scroll")
    main = el("section", el("h2", "Items", id="items"), table, aria_labelledby="items")
    return render_page(f"p2c batch: {shown_title}", header, main)


def _facts(summary: Summary) -> Html:
    spent = summary.spent
    scores = [row.score for row in summary.rows if row.score is not None]
    facts = [
        ("this run", duration(summary.seconds)),
        ("model calls", f"{spent.calls:,}"),
        ("tokens", f"{spent.tokens:,}"),
        ("cost", money(spent.usd, spent.calls)),
    ]
    if scores:
        facts.append(("mean score", f"{sum(scores) / len(scores):.2f} of {plural(len(scores), 'item')}"))
    return el("ul", *(el("li", f"{name}: ", el("b", value)) for name, value in facts), class_="facts")


def _row(row: SummaryRow) -> Html:
    name = untrusted(row.name)
    place = el("a", name, href=quote(row.report)) if row.report else name
    word = VERDICTS.get(row.verdict, one_line(row.verdict, 40))
    cells = (
        f"{row.kept} of {row.attempts}" if row.attempts else "–",
        duration(row.minutes * 60),
        f"{row.usage.tokens:,}",
        money(row.usage.usd, row.usage.calls),
        score_words(row),
    )
    return el(
        "tr",
        el("th", place, scope="row"),
        el("td", word, class_=TONES.get(row.verdict, "warn")),
        *(el("td", cell, class_="number") for cell in cells),
        el("td", untrusted(one_line(row.why, 300))),
    )

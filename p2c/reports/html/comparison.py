"""Two reports compared, as one HTML file."""

from __future__ import annotations

from collections.abc import Sequence

from p2c.formatting import headline as headline_of
from p2c.formatting import is_stale, plural, took
from p2c.reports.comparison import CheckSide, Comparison, Document, Found
from p2c.reports.formats.comparison_markdown import figure_rows, headline
from p2c.reports.html.attempts import stand_of
from p2c.reports.html.checks import MOST_FINDINGS, TONES, render_finding
from p2c.reports.html.elements import Html, el, join, untrusted
from p2c.reports.html.page import render_page
from p2c.safe_text import one_line

ALL_BYTES = 1_000_000
"""Of what the findings say, shared out evenly."""


def render_comparison(comparison: Comparison) -> str:
    """Return the page; whatever stands in the two documents is shown, never obeyed."""
    names = [one_line(name, 120) for name in comparison.names]
    title = f"{names[0]} and {names[1]}"
    gone, new = (
        sum(bool(finding["gates"]) for finding in group) for group in (comparison.change.gone, comparison.change.new)
    )
    line = el("p", f"{plural(gone, 'blocking finding')} gone, {new:,} new.")
    lost = one_line(f"Passed before, not run now: {', '.join(comparison.lost)}.", 400) if comparison.lost else ""
    sentences = (el("strong", headline(comparison)), line, el("p", untrusted(lost)) if lost else None)
    verdict = el("div", *sentences, class_=f"verdict {comparison.tone}", role="status")
    sides = [
        _side(word, name, doc) for word, name, doc in zip(("before", "after"), names, comparison.documents, strict=True)
    ]
    header = join(el("h1", "Two reports: ", untrusted(title)), verdict, el("ul", *sides))
    groups = (("new", "New findings", comparison.change.new), ("gone", "Findings gone", comparison.change.gone),
              ("left", "Findings in both", comparison.change.left))  # fmt: skip
    most = ALL_BYTES // max(1, sum(min(len(group), MOST_FINDINGS) for _, _, group in groups))
    findings = [_findings(name, heading, group, most) for name, heading, group in groups]
    main = join(_checks(comparison), *findings, _figures(comparison))
    return render_page(f"p2c: {title}", header, main)


def _side(word: str, name: str, document: Document) -> Html:
    verdict = str(document["verdict"])
    tone = "warn" if is_stale(document) else TONES.get(verdict, "warn")
    head = el("span", headline_of(document) or one_line(verdict, 80), class_=tone)
    return el("li", el("b", f"{word}, "), untrusted(name), ": ", head, ". ", untrusted(one_line(document["why"], 400)))


def _checks(comparison: Comparison) -> Html:
    rows = []
    for name, (was, now) in comparison.change.checks.items():
        head = el("th", untrusted(one_line(name, 40)), scope="row")
        rows.append(el("tr", head, _stand(was), _stand(now)))
    return _table("checks", "Checks", ("check", "before", "after"), rows)


def _stand(stand: CheckSide) -> Html:
    time = took(stand.status, stand.seconds) if stand.seconds is not None and stand.status != "skipped" else ""
    how = el("span", stand_of(stand), class_=TONES.get(stand.status, "soft"))
    return el("td", how, el("span", f" {time}", class_="soft") if time else None)


def _findings(name: str, title: str, findings: Sequence[Found], most: int) -> Html | None:
    if not findings:
        return None
    ordered = sorted(findings, key=lambda finding: not finding["gates"])
    items = [render_finding(finding, most) for finding in ordered[:MOST_FINDINGS]]
    if len(findings) > MOST_FINDINGS:
        items.append(el("li", f"… {len(findings) - MOST_FINDINGS:,} more in the JSON document"))
    summary, listed = el("summary", plural(len(findings), "finding")), el("ul", *items, class_="findings")
    inside = el("details", summary, el("div", listed), open=name != "left")
    return el("section", el("h2", title, id=name), inside, aria_labelledby=name)


def _figures(comparison: Comparison) -> Html:
    rows = [
        el("tr", el("th", name, scope="row"), *(el("td", cell, class_="number") for cell in cells))
        for name, *cells in figure_rows(comparison)
    ]
    return _table("figures", "Time and cost", ("", "before", "after"), rows)


def _table(name: str, title: str, names: Sequence[str], rows: Sequence[Html]) -> Html:
    heads = [
        el("th", head, scope="col", class_="number" if name == "figures" else None) if head else el("td")
        for head in names
    ]
    table = el("table", el("thead", el("tr", *heads)), el("tbody", *rows))
    return el("section", el("h2", title, id=name), table, aria_labelledby=name)

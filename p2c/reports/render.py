"""One stored report, or two of them compared, in the form that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from p2c.errors import UsageError
from p2c.reports.stored import StoredReport, read_stored
from p2c.safe_text import one_line
from p2c.state_folder import STATE, is_at_work

SUFFIXES: Mapping[str, str] = MappingProxyType(
    {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown", ".json": "json", ".txt": "text"}
)
"""The form that a file's name asks for."""


def form_of(form: str | None, file: Path | None, otherwise: str) -> str:
    """Return the form that is asked for by name, else by the file's suffix; raises UsageError for another suffix."""
    if form or file is None:
        return form or otherwise
    if file.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{str(file)!r} is not .html, .md, .json or .txt", "Choose the format with --format.")
    return SUFFIXES[file.suffix.lower()]


def usual_form(places: tuple[Path, ...]) -> str:
    """Return the form where none is asked for: a page, or text where there is no place for a page."""
    if len(places) > 1:
        return "markdown"
    return "text" if places[0].is_dir() and is_at_work(places[0]) else "html"


def line_of_report(data: Mapping[str, Any]) -> str:
    """Return what a report, or a comparison, says first."""
    from p2c.formatting import explanation, headline

    if "why" not in data:
        return "Two reports compared."
    return f"{headline(data) or data['verdict']}: {one_line(explanation(data), 600)}"


def place_of(places: tuple[Path, ...], form: str) -> Path | None:
    """Return where a report goes that is given no file: a page beside what it is drawn from, the rest to stdout.

    While a p2c is at work in a folder nothing is written there.
    """
    if len(places) > 1 or form != "html":
        return None
    (place,) = places
    if place.is_dir() and is_at_work(place):
        return None
    return place / STATE / "report.html" if place.is_dir() else place.with_suffix(".html")


def draw(places: tuple[Path, ...], form: str) -> tuple[str, dict[str, Any]]:
    """Return one report, or a comparison of two, as text in a form of SUFFIXES and as JSON-able data.

    Raises InputError where a folder or file holds no report, or a damaged one.
    """
    if len(places) not in (1, 2):
        raise UsageError(f"{len(places)} reports were given", "Give one folder, or two to compare.")
    reports = [read_stored(place) for place in places]
    return _one(reports[0], form) if len(reports) == 1 else _two(reports[0], reports[1], form)


def _one(report: StoredReport, form: str) -> tuple[str, dict[str, Any]]:
    from p2c.reports.formats.markdown import render_markdown
    from p2c.reports.formats.score_markdown import score_markdown
    from p2c.reports.formats.text import render_text
    from p2c.reports.html import render_html
    from p2c.reports.outcome import read_outcome, to_json

    data = dict(report.document)
    if form == "html":
        return render_html(data, report.events, report.beside), data
    if form == "json":
        return to_json(data), data
    if form == "text":
        return render_text(read_outcome(data)), data
    score = report.beside.score
    return render_markdown(data, score_markdown(score) if score is not None else ()), data


def _two(before: StoredReport, after: StoredReport, form: str) -> tuple[str, dict[str, Any]]:
    from p2c.reports.comparison import compare, to_data
    from p2c.reports.formats.comparison_markdown import render_comparison_markdown
    from p2c.reports.html.comparison import render_comparison
    from p2c.reports.outcome import to_json

    comparison = compare(before.document, after.document, (before.name, after.name))
    data = to_data(comparison)
    if form == "html":
        return render_comparison(comparison), data
    return (render_comparison_markdown(comparison) if form == "markdown" else to_json(data)), data

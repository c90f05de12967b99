"""A report and a journal become something to look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from p2c.reports.outcome import Outcome

Format = Callable[["Outcome"], str]


def _text(outcome: Outcome) -> str:
    from p2c.reports.formats.text import render_text

    return render_text(outcome)


def _json(outcome: Outcome) -> str:
    from p2c.reports.outcome import document, to_json

    return to_json(document(outcome))


def _sarif(outcome: Outcome) -> str:
    from p2c.reports.formats.sarif import render_sarif

    return render_sarif(outcome.report, outcome.origin)


def _junit(outcome: Outcome) -> str:
    from p2c.reports.formats.junit import render_junit

    return render_junit(outcome.report, outcome.origin)


def _github(outcome: Outcome) -> str:
    from p2c.reports.formats.github import render_github

    return render_github(outcome.report)


def _gitlab(outcome: Outcome) -> str:
    from p2c.reports.formats.gitlab import render_gitlab

    return render_gitlab(outcome.report)


def _markdown(outcome: Outcome) -> str:
    from p2c.reports.formats.markdown import render_markdown
    from p2c.reports.outcome import document

    return render_markdown(document(outcome))


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "text": _text,
        "json": _json,
        "sarif": _sarif,
        "junit": _junit,
        "github": _github,
        "gitlab": _gitlab,
        "markdown": _markdown,
    }
)
"""What `--format` takes: each a pure function of how a command ended."""

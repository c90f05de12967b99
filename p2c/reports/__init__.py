"""A report and a journal become something to look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from p2c.reports.document import Outcome

Format = Callable[["Outcome"], str]


def _text(outcome: Outcome) -> str:
    from p2c.reports.text import render_text

    return render_text(outcome)


def _json(outcome: Outcome) -> str:
    from p2c.reports.document import document, to_json

    return to_json(document(outcome))


def _sarif(outcome: Outcome) -> str:
    from p2c.reports.sarif import render_sarif

    return render_sarif(outcome.report, outcome.origin)


def _junit(outcome: Outcome) -> str:
    from p2c.reports.junit import render_junit

    return render_junit(outcome.report, outcome.origin)


def _github(outcome: Outcome) -> str:
    from p2c.reports.github import render_github

    return render_github(outcome.report)


def _gitlab(outcome: Outcome) -> str:
    from p2c.reports.gitlab import render_gitlab

    return render_gitlab(outcome.report)


def _markdown(outcome: Outcome) -> str:
    from p2c.reports.document import document
    from p2c.reports.markdown import render_markdown

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

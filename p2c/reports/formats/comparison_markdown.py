"""Two reports compared, as Markdown for a pull request; the words that the page uses as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from p2c.formatting import duration, money, plural
from p2c.formatting import headline as headline_of
from p2c.reports.comparison import Comparison, Found, figures
from p2c.reports.formats.markdown import code, fitted
from p2c.reports.html.attempts import stand_of

MOST_FINDINGS = 20
HEADLINES: Mapping[str, str] = {
    "good": "Nothing got worse",
    "warn": "No change in the blocking findings",
    "bad": "Something got worse",
}
_MARKS: Mapping[str, str] = {"good": "✅", "warn": "⚠️", "bad": "❌"}


def headline(comparison: Comparison) -> str:
    """Return what the comparison comes to."""
    return (
        "Fewer checks were run than before"
        if comparison.tone == "warn" and comparison.lost
        else HEADLINES[comparison.tone]
    )


def figure_rows(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Return what both runs took, as (what, before, after)."""
    rows = []
    for key, pair in figures(comparison.documents).items():
        if key == "usd":
            calls = [int(document["usage"]["calls"]) for document in comparison.documents]
            before, after = (money(usd, number) for usd, number in zip(pair, calls, strict=True))
            name = "cost"
        elif key == "seconds":
            name, before, after = "time", duration(pair[0]), duration(pair[1])
        else:
            name, before, after = key.replace("_", " "), f"{pair[0]:,}", f"{pair[1]:,}"
        rows.append(({"kept": "patches kept", "calls": "model calls"}.get(name, name), before, after))
    return rows


def render_comparison_markdown(comparison: Comparison) -> str:
    """Return Markdown; untrusted text only ever stands in code spans."""
    parts = [f"## {_MARKS[comparison.tone]} p2c: {headline(comparison)}", _sides(comparison), _checks(comparison)]
    parts += [f"Passed before, not run now: {', '.join(map(_cell, comparison.lost))}."] if comparison.lost else []
    for title, findings in (("New", comparison.change.new), ("Gone", comparison.change.gone)):
        if findings:
            parts.append(_findings(title, findings))
    left = sum(bool(finding["gates"]) for finding in comparison.change.left)
    parts.append(f"{plural(len(comparison.change.left), 'finding')} in both, {left} blocking.")
    parts.append(_table(("", "before", "after"), figure_rows(comparison)))
    return fitted(parts)


def _sides(comparison: Comparison) -> str:
    rows = []
    for word, name, document in zip(("before", "after"), comparison.names, comparison.documents, strict=True):
        verdict = str(document["verdict"])
        headline = headline_of(document) or code(verdict, 80)
        rows.append(f"- {word} {code(name, 120)}: {headline}. {code(str(document['why']), 400)}")
    return "\n".join(rows)


def _checks(comparison: Comparison) -> str:
    rows = [
        (_cell(name), _cell(stand_of(was)), _cell(stand_of(now)))
        for name, (was, now) in comparison.change.checks.items()
    ]
    return _table(("check", "before", "after"), rows)


def _cell(text: str) -> str:
    return code(text, 80).replace("|", "\\|")


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = f"| {' | '.join(names)} |\n|{'---|' * len(names)}"
    return "\n".join([head, *(f"| {' | '.join(row)} |" for row in rows)])


def _findings(title: str, findings: Sequence[Found]) -> str:
    ordered = sorted(findings, key=lambda item: not item["gates"])
    rows = [f"**{title}: {plural(len(findings), 'finding')}**", ""]
    for finding in ordered[:MOST_FINDINGS]:
        spot = ":".join(str(finding[key]) for key in ("path", "line", "column") if finding.get(key))
        mark = "" if finding["gates"] else " (advisory)"
        label = " ".join(part for part in (code(spot), code(str(finding["rule"]), 80)) if part)
        rows.append(f"- {label}{mark} {code(str(finding['message']), 400)}")
    if len(findings) > MOST_FINDINGS:
        rows.append(f"- … {len(findings) - MOST_FINDINGS:,} more")
    return "\n".join(rows)

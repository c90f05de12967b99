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


def headline(told: Comparison) -> str:
    """Return what the comparison comes to."""
    return "Fewer checks were run than before" if told.tone == "warn" and told.lost else HEADLINES[told.tone]


def figure_rows(told: Comparison) -> list[tuple[str, str, str]]:
    """Return what both runs took, as (what, before, after)."""
    rows = []
    for key, pair in figures(told.documents).items():
        if key == "usd":
            calls = [int(document["usage"]["calls"]) for document in told.documents]
            one, other = (money(usd, number) for usd, number in zip(pair, calls, strict=True))
            name = "cost"
        elif key == "seconds":
            name, one, other = "time", duration(pair[0]), duration(pair[1])
        else:
            name, one, other = key.replace("_", " "), f"{pair[0]:,}", f"{pair[1]:,}"
        rows.append(({"kept": "patches kept", "calls": "model calls"}.get(name, name), one, other))
    return rows


def render_comparison_markdown(told: Comparison) -> str:
    """Return Markdown; untrusted text only ever stands in code spans."""
    parts = [f"## {_MARKS[told.tone]} p2c: {headline(told)}", _sides(told), _checks(told)]
    parts += [f"Passed before, not run now: {', '.join(map(_cell, told.lost))}."] if told.lost else []
    for title, found in (("New", told.change.new), ("Gone", told.change.gone)):
        if found:
            parts.append(_findings(title, found))
    left = sum(bool(one["gates"]) for one in told.change.left)
    parts.append(f"{plural(len(told.change.left), 'finding')} in both, {left} blocking.")
    parts.append(_table(("", "before", "after"), figure_rows(told)))
    return fitted(parts)


def _sides(told: Comparison) -> str:
    rows = []
    for word, name, document in zip(("before", "after"), told.names, told.documents, strict=True):
        verdict = str(document["verdict"])
        headline = headline_of(document) or code(verdict, 80)
        rows.append(f"- {word} {code(name, 120)}: {headline}. {code(str(document['why']), 400)}")
    return "\n".join(rows)


def _checks(told: Comparison) -> str:
    rows = [
        (_cell(name), _cell(stand_of(was)), _cell(stand_of(now))) for name, (was, now) in told.change.checks.items()
    ]
    return _table(("check", "before", "after"), rows)


def _cell(text: str) -> str:
    return code(text, 80).replace("|", "\\|")


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = f"| {' | '.join(names)} |\n|{'---|' * len(names)}"
    return "\n".join([head, *(f"| {' | '.join(row)} |" for row in rows)])


def _findings(title: str, found: Sequence[Found]) -> str:
    ordered = sorted(found, key=lambda one: not one["gates"])
    rows = [f"**{title}: {plural(len(found), 'finding')}**", ""]
    for one in ordered[:MOST_FINDINGS]:
        spot = ":".join(str(one[key]) for key in ("path", "line", "column") if one.get(key))
        mark = "" if one["gates"] else " (advisory)"
        told = " ".join(part for part in (code(spot), code(str(one["rule"]), 80)) if part)
        rows.append(f"- {told}{mark} {code(str(one['message']), 400)}")
    if len(found) > MOST_FINDINGS:
        rows.append(f"- … {len(found) - MOST_FINDINGS:,} more")
    return "\n".join(rows)

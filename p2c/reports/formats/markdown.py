"""The report as Markdown, for a pull request or a step summary, in the dialect of GitHub and GitLab."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from p2c.formatting import duration, explanation, headline, is_stale, money, plural, took
from p2c.reports.open_points import left_lines
from p2c.reports.unfinished_run import words_of
from p2c.reports.verdict_origin import line_of, read_origin, state_of
from p2c.safe_text import lines, one_line

MOST = 60_000
"""Characters; GitHub refuses a comment of more than 65,536."""
MOST_FINDINGS = 20
_MARKS: Mapping[str, str] = {
    "passed": "✅",
    "failed": "❌",
    "skipped": "⏭️",
    "kept": "✅",
    "dropped": "↩️",
    "rejected": "⛔",
}
_HEADS: Mapping[str, str] = {"runs": "✅", "broken": "❌", "stagnated": "❌"}


def render_markdown(document: Mapping[str, Any], more: Iterable[str] = ()) -> str:
    """Return Markdown for a `--json` document, then `more` parts; untrusted text only ever stands in code spans and
    fenced blocks."""
    return fitted([*_parts(document), *more])


def fitted(parts: Iterable[str]) -> str:
    """Return the parts that a comment has room for, and say so where some are left out."""
    shown: list[str] = []
    room = MOST
    for part in parts:
        room -= len(part) + 2
        if room < 200:
            shown.append("_The report was cut here; the JSON document has the rest._")
            break
        shown.append(part)
    return "\n\n".join(shown) + "\n"


def _parts(document: Mapping[str, Any]) -> Iterator[str]:
    word, stale = str(document["verdict"]), is_stale(document)
    mark = "⚠️" if stale else _HEADS.get(word, "⚠️")
    yield f"## {mark} p2c: {headline(document) or code(word, 80)}"
    yield code(explanation(document), 1000)
    if document.get("unfinished"):
        yield f"Last run: {code(words_of(document['unfinished']), 400)}"
    if stale and document.get("last"):
        yield f"### The results below are for {code(state_of(read_origin(document)))}"
        yield code(f"{document['last'].get('verdict')}: {document['last'].get('why')}", 1000)
    checks: Sequence[Mapping[str, Any]] = document["checks"]
    if checks:
        yield _table(checks, {} if stale else _MARKS)
    for check in checks:
        if check["findings"]:
            yield _findings(check)
    if left := left_lines(document):
        yield "\n".join(["**Open points: decide yourself**", "", *(f"- {code(line, 1000)}" for line in left)])
    attempts: Sequence[Mapping[str, Any]] = document.get("attempts", ())
    for number, attempt in enumerate(attempts, 1):
        yield _attempt(number, attempt, {} if stale else _MARKS)
    yield from _origin(document)
    usage = document["usage"]
    tokens = usage["prompt_tokens"] + usage["completion_tokens"]
    cost = money(usage.get("usd"), usage["calls"])
    spent = f"{plural(usage['calls'], 'model call')}, {plural(tokens, 'token')}, {cost}"
    yield f"{duration(document['seconds'])}, {spent}."


def _origin(document: Mapping[str, Any]) -> Iterator[str]:
    about = [code(line_of(document, whole=True), 400)] if line_of(document) else []
    about += [f"by {code(str(document['command']), 400)}"] if document.get("command") else []
    if about:
        yield f"Judged: {' '.join(about)}"


def code(text: str, width: int = 200) -> str:
    """Return text as a code span that nothing in it can end: no markup, no mentions, no links."""
    inner = one_line(text, width)
    if not inner:
        return ""
    ticks = "`" * (max((len(run) for run in re.findall("`+", inner)), default=0) + 1)
    pad = " " if inner.startswith("`") or inner.endswith("`") else ""
    return f"{ticks}{pad}{inner}{pad}{ticks}"


def fenced(text: str, language: str, most: int = 400) -> str:
    """Return text as a fenced block that nothing in it can end."""
    inner = "\n".join(lines(text.rstrip("\n"), most))
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", inner)), default=0) + 1)
    return f"{fence}{language}\n{inner}\n{fence}"


def _table(checks: Sequence[Mapping[str, Any]], marks: Mapping[str, str]) -> str:
    rows = ["| check | status | time | findings |", "|---|---|--:|--:|"]
    for check in checks:
        status, note = str(check["status"]), code(str(check.get("note") or ""), 120).replace("|", "\\|")
        word = status if status in _MARKS else code(status, 40)
        outcome = " ".join(part for part in (marks.get(status, ""), word, note) if part)
        name = code(str(check["name"]), 40).replace("|", "\\|")
        rows.append(f"| {name} | {outcome} | {took(status, float(check['seconds']))} | {len(check['findings'])} |")
    return "\n".join(rows)


def _findings(check: Mapping[str, Any]) -> str:
    findings = sorted(check["findings"], key=lambda finding: not finding["gates"])
    rows = [f"**{code(str(check['name']), 40)}: {plural(len(findings), 'finding')}**", ""]
    for finding in findings[:MOST_FINDINGS]:
        spot = ":".join(str(finding[key]) for key in ("path", "line", "column") if finding.get(key))
        mark = "" if finding["gates"] else " (advisory)"
        label = " ".join(part for part in (code(spot), code(str(finding["rule"]), 80)) if part)
        fix = str(finding.get("fix") or "")
        cure = f"; fix: {code(fix, 200)}" if fix and "\n" not in fix else ""
        rows.append(f"- {label}{mark} {code(str(finding['message']), 400)}{cure}")
    if len(findings) > MOST_FINDINGS:
        rows.append(f"- … {len(findings) - MOST_FINDINGS:,} more")
    return "\n".join(rows)


def _attempt(number: int, attempt: Mapping[str, Any], marks: Mapping[str, str]) -> str:
    verdict = str(attempt["verdict"])
    word = verdict if verdict in _MARKS else "tried"
    head = f"<summary>Attempt {number}: {marks.get(verdict, '')} {word}</summary>"
    note = f"{code(str(attempt['author']), 60)} {code(str(attempt['note']), 600)}"
    diff = fenced(str(attempt["diff"]), "diff") if str(attempt["diff"]).strip() else "The reply has no diff."
    return f"<details>{head}\n\n{note}\n\n{diff}\n\n</details>"

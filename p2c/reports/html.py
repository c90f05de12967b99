"""The report: one HTML file with everything in it, no script and no network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from p2c import __version__
from p2c.journal import Event
from p2c.reports import story
from p2c.reports.attemptview import render_attempts
from p2c.reports.charts import bar, columns
from p2c.reports.checkview import render_checks
from p2c.reports.markup import Html, el, join, untrusted
from p2c.reports.visible import one_line
from p2c.reports.wording import VERDICTS, duration, money, plural, share

_TONES: Mapping[str, str] = {"runs": "good", "broken": "bad", "stagnated": "bad"}


def render_html(document: Mapping[str, Any], events: Sequence[Event] = ()) -> str:
    """Return the page for a `--json` document and its journal; whatever stands in them is shown, never obeyed."""
    style = files("p2c.reports").joinpath("report.css").read_text(encoding="utf-8").replace("\r", "")
    title = one_line(str(document.get("title") or document.get("repository") or "p2c report"), 200)
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=_policy(style)),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="referrer", content="no-referrer"),
        el("title", f"{document['verdict']}: {title}"),
        Html(f"<style>{style}</style>"),
    )
    body = el(
        "body",
        el("header", el("h1", untrusted(title)), _verdict(document), _facts(document)),
        el(
            "main",
            render_attempts(document.get("attempts", ()), story.trials(events)),
            _findings_over_rounds(events),
            render_checks(document["checks"]),
            _timeline(events),
            _costs(events, document["usage"]),
            _files(events),
        ),
        el("footer", _where(document), el("p", f"Written by p2c {__version__}. The verdict is the harness's.")),
    )
    return "<!DOCTYPE html>\n" + el("html", head, body, lang="en").markup + "\n"


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _verdict(document: Mapping[str, Any]) -> Html:
    word = str(document["verdict"])
    why = one_line(str(document["why"]), 1000)
    headline = el("strong", VERDICTS.get(word, word))
    return el("div", headline, el("p", untrusted(why)), class_=f"verdict {_TONES.get(word, 'warn')}", role="status")


def _facts(document: Mapping[str, Any]) -> Html:
    usage = document["usage"]
    passed = sum(check["status"] == "passed" for check in document["checks"])
    gating = sum(bool(finding["gates"]) for check in document["checks"] for finding in check["findings"])
    kept = sum(attempt["verdict"] == "kept" for attempt in document.get("attempts", ()))
    facts = [
        (f"{passed} of {len(document['checks'])}", "checks passed"),
        (f"{gating:,}", "gating findings"),
        (f"{kept} of {len(document.get('attempts', ()))}", "patches kept"),
        (duration(document["seconds"]), "in all"),
        (money(usage["usd"], usage["calls"]), "spent"),
        (f"{usage['prompt_tokens'] + usage['completion_tokens']:,}", "tokens"),
    ]
    return el("ul", *(el("li", el("b", value), f" {what}") for value, what in facts), class_="facts")


def _where(document: Mapping[str, Any]) -> Html | None:
    if not document.get("sandbox"):
        return None
    features = ", ".join(str(feature) for feature in document.get("features") or ()) or "nothing"
    return el(
        "p", "Run in the sandbox ", untrusted(one_line(f"{document['sandbox']}, which enforced: {features}.", 600))
    )


def _findings_over_rounds(events: Sequence[Event]) -> Html | None:
    rounds = story.rounds(events)
    if len(rounds) < 2:
        return None
    totals = [told.total for told in rounds]
    words = ", ".join(str(total) for total in totals[-60:])
    chart = columns(totals, f"Findings in each round of checks: {words}")
    return el("section", el("h2", "Findings, round by round"), chart)


def _timeline(events: Sequence[Event]) -> Html | None:
    stages = story.stages(events)
    if not stages:
        return None
    total = sum(stage.seconds or 0.0 for stage in stages)
    rows, at = [], 0.0
    for stage in stages:
        took = stage.seconds or 0.0
        calls = stage.usage.calls + stage.replayed
        rows.append(
            el(
                "tr",
                el("th", untrusted(one_line(stage.name, 80)), scope="row"),
                el("td", "interrupted" if stage.seconds is None else duration(stage.seconds), class_="number"),
                el("td", calls or "–", class_="number"),
                el("td", money(stage.usage.usd, stage.usage.calls) if calls else "–", class_="number"),
                el("td", bar(at, took, total), class_="wide"),
            )
        )
        at += took
    return _table("Stages", ("stage", "time", "calls", "cost", ""), rows)


def _costs(events: Sequence[Event], usage: Mapping[str, Any]) -> Html | None:
    costs = story.costs(events)
    if not costs and not usage["calls"]:
        return None
    rows = [
        _cost_row(cost.who, (cost.usage.prompt_tokens, cost.usage.cached_tokens, cost.usage.completion_tokens),
                  money(cost.usage.usd, cost.usage.calls), f"{cost.usage.calls}+{cost.replayed}")
        for cost in costs
    ]  # fmt: skip
    whole = (usage["prompt_tokens"], usage["cached_tokens"], usage["completion_tokens"])
    rows.append(_cost_row("this run", whole, money(usage["usd"], usage["calls"]), f"{usage['calls']}"))
    note = el(
        "p",
        "Calls are paid ones + those answered from disk. Cached is the part of the prompt tokens that the provider's "
        "own cache served. The journal counts every run in this folder, the last row only the last one.",
        class_="soft",
    )
    return join(_table("Tokens and cost", ("asked for", "calls", "prompt", "cached", "reply", "cost"), rows), note)


def _cost_row(who: str, tokens: tuple[int, int, int], cost: str, calls: str) -> Html:
    prompt, cached, reply = tokens
    cells = (calls, f"{prompt:,}", share(cached, prompt), f"{reply:,}", cost)
    name = el("th", untrusted(one_line(who, 60)), scope="row")
    return el("tr", name, *(el("td", cell, class_="number") for cell in cells))


def _files(events: Sequence[Event]) -> Html | None:
    paths = list(dict.fromkeys(str(e.data.get("path", "")) for e in events if e.name == "file.written"))
    if not paths:
        return None
    shown = [el("li", untrusted(one_line(path, 200))) for path in paths[:500]]
    inside = el("details", el("summary", plural(len(paths), "file")), el("div", el("ul", *shown)))
    return el("section", el("h2", "Files written"), inside)


def _table(title: str, names: Sequence[str], rows: Sequence[Html]) -> Html:
    heads = [el("th", name, scope="col", class_="number" if at > 0 and name else None) for at, name in enumerate(names)]
    table = el("table", el("thead", el("tr", *heads)), el("tbody", *rows))
    return el("section", el("h2", title), table)

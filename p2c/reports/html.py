"""The report: one HTML file with everything in it, no script and no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from p2c.journal import Event
from p2c.reports import story
from p2c.reports.attemptview import render_attempts
from p2c.reports.charts import columns
from p2c.reports.checkview import TONES, render_checks
from p2c.reports.markup import Html, el, join, untrusted
from p2c.reports.page import render_page
from p2c.reports.planview import (
    render_architecture,
    render_limits,
    render_open_questions,
    render_provenance,
)
from p2c.reports.runs import runs
from p2c.reports.scoreview import render_score
from p2c.reports.stored import Beside
from p2c.reports.timelineview import render_timeline
from p2c.reports.visible import one_line
from p2c.reports.wording import VERDICTS, duration, money, plural, share


def render_html(document: Mapping[str, Any], events: Sequence[Event] = (), beside: Beside | None = None) -> str:
    """Return the page for a `--json` document, its journal and what stands beside them; whatever stands in them is
    shown, never obeyed."""
    beside = beside or Beside()
    title = one_line(str(document.get("title") or document.get("repository") or "p2c report"), 200)
    header = join(el("h1", untrusted(title)), _verdict(document), _facts(document, events))
    main = join(
        render_timeline(document, events),
        render_attempts(document.get("attempts", ()), story.trials(events), beside.states),
        _findings_over_rounds(events),
        render_checks(document["checks"]),
        render_score(beside.score),
        render_limits(beside.plan) or render_open_questions(document),
        render_provenance(beside.plan),
        render_architecture(beside.plan, beside.uses),
        _costs(events, document["usage"]),
        _files(events),
    )
    read = document.get("reading")
    told = [*beside.notes, *(map(str, read) if isinstance(read, list) else ())]
    notes = [el("p", untrusted(one_line(note, 400))) for note in told]
    return render_page(f"{document['verdict']}: {title}", header, main, join(_where(document), *notes))


def _verdict(document: Mapping[str, Any]) -> Html:
    word = str(document["verdict"])
    why = one_line(str(document["why"]), 1000)
    headline = el("strong", VERDICTS.get(word, one_line(word, 80)))
    return el("div", headline, el("p", untrusted(why)), class_=f"verdict {TONES.get(word, 'warn')}", role="status")


def _facts(document: Mapping[str, Any], events: Sequence[Event]) -> Html:
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
    told = runs(events)
    if len(told) > 1:
        facts[3:] = [(value, f"{what} (last run)".replace("in all ", "")) for value, what in facts[3:]]
        facts.append(_all_runs(events, sum(run.seconds for run in told), len(told)))
    return el("ul", *(el("li", el("b", value), f" {what}") for value, what in facts), class_="facts")


def _all_runs(events: Sequence[Event], seconds: float, number: int) -> tuple[str, str]:
    usage = story.usage_in(events)
    return duration(seconds), f"in all {number} runs, {usage.tokens:,} tokens, cost {money(usage.usd, usage.calls)}"


def _where(document: Mapping[str, Any]) -> Html | None:
    if not document.get("sandbox"):
        return None
    features = ", ".join(str(feature) for feature in document.get("features") or ()) or "nothing"
    return el(
        "p", "Run in the sandbox ", untrusted(one_line(f"{document['sandbox']}, which enforced: {features}.", 600))
    )


def _findings_over_rounds(events: Sequence[Event]) -> Html | None:
    rounds = story.rounds(events)
    totals = [told.total for told in rounds]
    if len(rounds) < 2 or not any(totals):
        return None
    words = ", ".join(str(total) for total in totals[-60:])
    chart = columns(totals, f"Findings in each round of checks: {words}")
    return _section("rounds", "Findings, round by round", chart)


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
    names = ("asked for", "calls", "prompt", "cached", "reply", "cost")
    heads = [el("th", name, scope="col", class_="number" if at else None) for at, name in enumerate(names)]
    table = el("table", el("thead", el("tr", *heads)), el("tbody", *rows))
    return _section("costs", "Tokens and cost", table, note)


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
    return _section("files", "Files written", inside)


def _section(name: str, title: str, *parts: Html) -> Html:
    return el("section", el("h2", title, id=name), *parts, aria_labelledby=name)

"""The report: one HTML file with everything in it, no script and no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from p2c.formatting import VERDICTS, duration, explanation, headline, is_stale, money, plural, share
from p2c.journal import Event
from p2c.reports import journal_summary
from p2c.reports.html.attempts import render_attempts
from p2c.reports.html.charts import columns
from p2c.reports.html.checks import TONES, render_checks
from p2c.reports.html.elements import Html, el, join, untrusted
from p2c.reports.html.fidelity import render_fidelity
from p2c.reports.html.open_points import render_left_open
from p2c.reports.html.page import render_page
from p2c.reports.html.plan import render_architecture, render_limits, render_open_questions, render_provenance
from p2c.reports.html.score import render_score
from p2c.reports.html.timeline import render_timeline
from p2c.reports.run_history import runs
from p2c.reports.stored import RelatedFiles
from p2c.reports.verdict_origin import line_of
from p2c.safe_text import one_line


def render_html(document: Mapping[str, Any], events: Sequence[Event] = (), beside: RelatedFiles | None = None) -> str:
    """Return the page for a `--json` document, its journal and what stands beside them; whatever stands in them is
    shown, never obeyed."""
    beside = beside or RelatedFiles()
    title = one_line(str(document.get("title") or document.get("repository") or "p2c report"), 200)
    facts, before = _facts(document, events), _before(document)
    facts = join(facts, before) if document.get("unfinished") else join(before, facts)
    header = join(el("h1", untrusted(title)), _verdict(document), facts)
    checks, attempts = document["checks"], document.get("attempts", ())
    main = join(
        render_timeline(document, events),
        render_attempts(attempts, journal_summary.trials(events), beside.states),
        render_left_open(document),
        render_fidelity(document),
        _findings_over_rounds(events),
        render_checks(checks),
        render_score(beside.score),
        None if _is_draft(document) else render_limits(beside.plan) or render_open_questions(document),
        render_provenance(beside.plan),
        render_architecture(beside.plan, beside.uses),
        _costs(events, document["usage"]),
        _files(events),
    )
    read = document.get("reading")
    remarks = [*beside.notes, *(map(str, read) if isinstance(read, list) else ())]
    notes = [el("p", untrusted(one_line(note, 400))) for note in remarks]
    foot = join(_origin(document), _where(document), *notes)
    word = str(document.get("state") if is_stale(document) else document["verdict"])
    return render_page(f"{word}: {title}", header, main, foot, "stale" if is_stale(document) else "")


def _is_draft(document: Mapping[str, Any]) -> bool:
    """Nothing was judged yet, neither by this run nor before."""
    return bool(document.get("unfinished")) and not document.get("last")


def _verdict(document: Mapping[str, Any]) -> Html:
    word = str(document["verdict"])
    tone = "warn" if is_stale(document) else TONES.get(word, "warn")
    head = el("strong", headline(document) or one_line(word, 80))
    why = el("p", untrusted(one_line(explanation(document), 1000)))
    of = "" if is_stale(document) else line_of(document)
    return el("div", head, why, el("p", of, class_="origin") if of else None, class_=f"verdict {tone}", role="status")


def _before(document: Mapping[str, Any]) -> Html | None:
    """What the checks and attempts of the page are of, where that is not what the headline speaks of."""
    last = document.get("last") if is_stale(document) else None
    if not last:
        return None
    verdict = str(last.get("verdict"))
    verdict_line = f"{VERDICTS.get(verdict, verdict)}: {last.get('why') or ''}"
    of = line_of({**document, "state": None})
    return el(
        "p",
        el("b", "The checks and attempts below are for "),
        of,
        ". ",
        untrusted(one_line(verdict_line, 600)),
        class_="soft",
    )


def _facts(document: Mapping[str, Any], events: Sequence[Event]) -> Html:
    run_progress = document.get("unfinished")
    facts = _facts_so_far(run_progress) if run_progress else _facts_at_end(document, events)
    started = runs(events)
    if run_progress and len(started) > 1:
        facts.append(_all_runs(events, sum(run.seconds for run in started), len(started)))
    return el("ul", *(el("li", el("b", value), f" {label}") for value, label in facts), class_="facts")


def _facts_so_far(run_progress: Mapping[str, Any]) -> list[tuple[str, str]]:
    usage = run_progress["usage"]
    facts = [
        (one_line(run_progress["command"], 20), "is the last command"),
        (duration(run_progress["seconds"]), "so far"),
    ]
    facts += [(one_line(run_progress["stage"], 60), "is the stage")] if run_progress["stage"] else []
    if run_progress.get("planned") is not None:
        facts.append((f"{len(run_progress['written'])} of {run_progress['planned']:,}", "files written"))
    facts += [(f"{run_progress['attempts']:,}", "patches tried")] if run_progress["attempts"] else []
    if usage["calls"] or run_progress["replayed"]:
        facts += [(f"{usage['calls']:,}", "model calls paid"), (money(usage.get("usd"), usage["calls"]), "spent")]
        facts += [(f"{run_progress['replayed']:,}", "replies from disk")] if run_progress["replayed"] else []
    return facts


def _facts_at_end(document: Mapping[str, Any], events: Sequence[Event]) -> list[tuple[str, str]]:
    usage, checks = document["usage"], document["checks"]
    passed = sum(check["status"] == "passed" for check in checks)
    gating = sum(bool(finding["gates"]) for check in checks for finding in check["findings"])
    kept = sum(attempt["verdict"] == "kept" for attempt in document.get("attempts", ()))
    checked = [
        (f"{passed} of {len(checks)}", "checks passed"),
        (f"{gating:,}", plural(gating, "blocking finding").split(" ", 1)[1]),
    ]
    facts = [
        *(checked if checks else [("Nothing", "was checked")]),
        (f"{kept} of {len(document.get('attempts', ()))}", "patches kept"),
    ]
    last_run = [
        (duration(document["seconds"]), "in total"),
        (money(usage.get("usd"), usage["calls"]), "spent"),
        (f"{usage['prompt_tokens'] + usage['completion_tokens']:,}", "tokens"),
    ]
    all_runs = runs(events)
    if len(all_runs) > 1:
        last_run = [(value, f"{label} (last run)".replace("in total ", "")) for value, label in last_run]
        last_run.append(_all_runs(events, sum(run.seconds for run in all_runs), len(all_runs)))
    return [*facts, *last_run]


def _all_runs(events: Sequence[Event], seconds: float, number: int) -> tuple[str, str]:
    usage = journal_summary.usage_in(events)
    return duration(seconds), f"in all {number} runs, {usage.tokens:,} tokens, cost {money(usage.usd, usage.calls)}"


def _origin(document: Mapping[str, Any]) -> Html | None:
    """The whole of what the verdict is of: hashes, date, version and command."""
    rows = [(key, document.get(key)) for key in ("commit", "tree", "clean", "date", "version", "command")]
    words = {True: "yes", False: "no"}
    shown = [(key, words[value] if isinstance(value, bool) else str(value)) for key, value in rows if value is not None]
    if not shown:
        return None
    items = [(el("dt", key), el("dd", el("code", untrusted(one_line(value, 1000))))) for key, value in shown]
    return el("dl", *(part for pair in items for part in pair), class_="origin")


def _where(document: Mapping[str, Any]) -> Html | None:
    if not document.get("sandbox"):
        return None
    features = ", ".join(str(feature) for feature in document.get("features") or ()) or "nothing"
    return el("p", "Sandbox: ", untrusted(one_line(f"{document['sandbox']}; enforced: {features}.", 600)))


def _findings_over_rounds(events: Sequence[Event]) -> Html | None:
    rounds = journal_summary.rounds(events)
    totals = [checks_round.total for checks_round in rounds]
    if sum(map(bool, totals)) < 2:
        return None  # a single bar says nothing
    words = ", ".join(str(total) for total in totals[-60:])
    chart = columns(totals, f"Findings in each round of checks: {words}")
    return _section("rounds", "Findings by round", chart)


def _costs(events: Sequence[Event], usage: Mapping[str, Any]) -> Html | None:
    costs = journal_summary.costs(events)
    if not costs and not usage["calls"]:
        return None
    rows = [
        _cost_row(cost.who, (cost.usage.prompt_tokens, cost.usage.cached_tokens, cost.usage.completion_tokens),
                  money(cost.usage.usd, cost.usage.calls), f"{cost.usage.calls}+{cost.replayed}")
        for cost in costs
    ]  # fmt: skip
    whole = (usage["prompt_tokens"], usage["cached_tokens"], usage["completion_tokens"])
    rows.append(_cost_row("this run", whole, money(usage.get("usd"), usage["calls"]), f"{usage['calls']}"))
    note = el(
        "p",
        "Calls: paid calls + replies from disk. Cached: the share of prompt tokens served from the provider's "
        "cache. The rows count all runs in this folder; the last row counts only the last run.",
        class_="soft",
    )
    names = ("purpose", "calls", "prompt", "cached", "reply", "cost")
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

"""From the paper to the verdict: one strip for a glance, then each run with its stages, times and money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from p2c.budget import Usage
from p2c.formatting import duration, headline, money, plural
from p2c.journal import Event
from p2c.reports import journal_summary
from p2c.reports.html.charts import bar
from p2c.reports.html.checks import pill
from p2c.reports.html.elements import Html, el, untrusted
from p2c.reports.journal_summary import between
from p2c.reports.run_history import Run, outcome_of, runs
from p2c.safe_text import one_line

MOST_RUNS = 20
MOST_STAGES = 60
_STATIONS: Sequence[tuple[str, frozenset[str], frozenset[str]]] = (
    ("Plan", frozenset({"planning"}), frozenset({"plan", "figure"})),
    ("Files", frozenset({"writing", "analysis", "coding"}), frozenset({"analysis", "code"})),
    ("Checks", frozenset({"checks", "proof"}), frozenset()),
    ("Attempts", frozenset({"repair"}), frozenset({"debug"})),
)
"""What the strip shows after the paper: a name, the stages it stands for, and whose calls it counts."""


def render_timeline(document: Mapping[str, Any], events: Sequence[Event]) -> Html | None:
    """Return the section of the way from the paper to the verdict, None where no journal tells of it."""
    all_runs = runs(events)
    if not all_runs:
        return None
    at_work = len(all_runs) if document.get("state") == "running" else 0
    shown = [_run(number, run, len(all_runs), at_work) for number, run in list(enumerate(all_runs, 1))[-MOST_RUNS:]]
    left = len(all_runs) - len(shown)
    note = el("p", f"{plural(left, 'earlier run')} left out.", class_="soft") if left else None
    heading = el("h2", "Timeline", id="timeline")
    return el("section", heading, _strip(document, events, all_runs), note, *shown, aria_labelledby="timeline")


def _strip(document: Mapping[str, Any], events: Sequence[Event], all_runs: Sequence[Run]) -> Html:
    source = "Paper" if document.get("title") else "Repository"
    name = one_line(str(document.get("title") or document.get("repository") or ""), 80)
    stops = [_stop(source, name, "")]
    costs = journal_summary.costs(events)
    for station, stages, prompts in _STATIONS:
        here = [stage for run in all_runs for stage in run.stages if stage.name in stages]
        usage = sum((cost.usage for cost in costs if cost.who in prompts), Usage())
        calls = sum(cost.replayed for cost in costs if cost.who in prompts) + usage.calls
        if not here and not calls:
            continue
        took = sum(map(_length, here))
        if station == "Attempts":  # the proof stands among the checks
            took -= sum(_length(stage) for run in all_runs for stage in run.stages if stage.name == "proof")
            if not document["attempts"] and not calls:
                took = 0.0
        parts = [duration(took)] if took > 0 else []
        parts += [f"cost {money(usage.usd, usage.calls)}"] if usage.calls else []
        stops.append(_stop(station, _came(station, document, events), ", ".join(parts)))
    word = headline(document) or one_line(str(document["verdict"]), 40)
    stops.append(_stop("Verdict", "None yet" if document.get("state") == "running" else word.split(":")[0], ""))
    return el("ol", *stops, class_="flow")


def _length(stage: journal_summary.Stage) -> float:
    """Seconds that a stage took, up to its last event where it was cut short."""
    return stage.seconds if stage.seconds is not None else between(stage.start, stage.last) or 0.0


def _stop(name: str, came: str, took: str) -> Html:
    return el("li", el("b", name), el("span", untrusted(came)), el("span", took, class_="soft") if took else None)


def _came(station: str, document: Mapping[str, Any], events: Sequence[Event]) -> str:
    if station == "Plan":
        plans = [event.data for event in events if event.name == "plan.made"]
        return (
            f"{plural(journal_summary.planned_files(plans[-1].get('files')), 'file')} planned"
            if plans
            else "not finished"
        )
    if station == "Files":
        return f"{plural(len({str(e.data.get('path')) for e in events if e.name == 'file.written'}), 'file')} written"
    if station == "Checks":
        passed = sum(check["status"] == "passed" for check in document["checks"])
        return f"{passed} of {len(document['checks'])} passed" if document["checks"] else "none ended"
    kept = sum(attempt["verdict"] == "kept" for attempt in document["attempts"])
    return f"{len(document['attempts'])} made, {kept} kept" if document["attempts"] else "none needed"


def _run(number: int, run: Run, of: int, at_work: int) -> Html:
    """One run; that of the number `at_work`, if there is one, has not ended yet."""
    open_end = "running" if number == at_work else "not finished"
    ended = pill(one_line(run.verdict, 40)) if run.verdict else el("span", open_end, class_="pill warn")
    head = el("h3", f"Run {number} of {of}", el("span", f" {one_line(run.command, 20)} ", class_="soft"), ended)
    spent = f", {plural(run.usage.calls, 'call')} paid, cost {money(run.usage.usd)}" if run.usage.calls else ""
    replayed = f", {run.replayed:,} replies from disk" if run.replayed else ""
    begun = one_line(run.start, 40)[:19].replace("T", " ")
    fate = "" if run.verdict or number == at_work else _fate(number, of)
    line = el("p", f"Started {begun} UTC, {duration(run.seconds)}{spent}{replayed}. {fate}".rstrip())
    return el("div", head, line, _stages(run, "so far" if number == at_work else "stopped after"), class_="run")


def _fate(number: int, of: int) -> str:
    if number < of:
        return "The run did not finish; the next run resumed it."
    return "The run recorded no end: it was killed, or the machine stopped."


def _stages(run: Run, unended: str) -> Html | None:
    if not run.stages:
        return None
    names = ("stage", "result", "time", "calls", "cost", "when")
    heads = [
        el("th", name, scope="col", class_={"time": "number", "calls": "number", "cost": "number"}.get(name))
        for name in names
    ]
    rows = [_stage(stage, run, unended) for stage in run.stages[:MOST_STAGES]]
    return el("table", el("thead", el("tr", *heads)), el("tbody", *rows), class_="stages")


def _stage(stage: journal_summary.Stage, run: Run, unended: str) -> Html:
    took = duration(stage.seconds) if stage.seconds is not None else f"{unended} {duration(_length(stage))}"
    calls = stage.usage.calls + stage.replayed
    cost = money(stage.usage.usd, stage.usage.calls) if calls else "–"
    return el(
        "tr",
        el("th", untrusted(one_line(stage.name, 80)), scope="row"),
        el("td", untrusted(one_line(outcome_of(stage), 200))),
        el("td", took, class_="number"),
        el("td", str(calls) if calls else "–", class_="number"),
        el("td", cost, class_="number"),
        el("td", bar(between(run.start, stage.start) or 0.0, _length(stage), run.seconds), class_="wide"),
    )

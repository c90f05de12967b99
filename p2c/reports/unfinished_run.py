"""A run that has not come to its end, as far as its journal tells: what was planned, written, checked, tried, paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from p2c import __version__
from p2c.formatting import duration, money, plural
from p2c.journal import Event
from p2c.reports.journal_summary import PAID, count, number, planned_files, usage_in
from p2c.reports.run_history import runs
from p2c.reports.verdict_origin import SCHEMA
from p2c.safe_text import one_line

MOST_FILES = 1000


def last_run(events: Sequence[Event]) -> Sequence[Event]:
    """Return the events of the run that started last."""
    starts = [at for at, event in enumerate(events) if event.name == "run.started"]
    return events[starts[-1] :] if starts else events


def progress(events: Sequence[Event]) -> dict[str, Any]:
    """Return how far the last run came, as JSON-able data."""
    own = last_run(events)
    plans = [event.data for event in own if event.name == "plan.made"]
    written = list(dict.fromkeys(str(event.data.get("path", "")) for event in own if event.name == "file.written"))
    paid = [event.data for event in own if event.name in PAID]
    own_runs = runs(own)
    return {
        "command": own_runs[-1].command if own_runs else "",
        "began": own[0].time if own else "",
        "seconds": round(own_runs[-1].seconds, 3) if own_runs else 0.0,
        "stage": _stage(own),
        "planned": planned_files(plans[-1].get("files")) if plans else None,
        "written": written[:MOST_FILES],
        "checks": {check["name"]: check["status"] for check in _checks(own)},
        "attempts": sum(event.name == "patch.tried" for event in own),
        "usage": usage_data(own),
        "replayed": sum(bool(call.get("cached")) for call in paid),
    }


def words_of(run_progress: Mapping[str, Any]) -> str:
    """Return the progress in one sentence."""
    planned, written = run_progress["planned"], len(run_progress["written"])
    parts = [f"{one_line(run_progress['command'], 40) or 'run'}, after {duration(run_progress['seconds'])}"]
    parts += [f"stage: {one_line(run_progress['stage'], 80)}"] if run_progress["stage"] else []
    parts += [f"{plural(planned, 'file')} planned"] if planned is not None else []
    parts += [f"{written:,} written"] if written else []
    for status in ("passed", "failed"):
        names = [one_line(name, 40) for name, was in run_progress["checks"].items() if was == status]
        parts += [f"{status}: {' '.join(names)}"] if names else []
    parts += [f"{plural(run_progress['attempts'], 'patch')} tried"] if run_progress["attempts"] else []
    calls, usd = run_progress["usage"]["calls"], run_progress["usage"]["usd"]
    parts += [f"{plural(calls, 'model call')} paid, cost {money(usd, calls)}"] if calls else []
    parts += (
        [f"{plural(run_progress['replayed'], 'reply').replace('replys', 'replies')} from disk"]
        if run_progress["replayed"]
        else []
    )
    return ", ".join(parts)


def draft(events: Sequence[Event], name: str) -> dict[str, Any]:
    """Return a document of the last run's checks and attempts so far; its verdict is null."""
    own = last_run(events)
    first = own[0].data if own else {}
    title = {"title": str(first["title"])} if first.get("command") == "build" and first.get("title") else {}
    return {
        "schema": SCHEMA,
        "version": str(first.get("version") or __version__),
        "commit": first.get("commit") or None,
        "tree": None,
        "clean": first.get("clean") if isinstance(first.get("clean"), bool) else None,
        "date": None,
        "command": str(first.get("line") or "") or None,
        "repository": name,
        **title,
        "verdict": None,
        "why": "",
        "checks": _checks(own),
        "attempts": [_attempt(event.data) for event in own if event.name == "patch.tried"],
        "usage": usage_data(own),
        "seconds": progress(own)["seconds"],
    }


def words_of_usage(usage: Mapping[str, Any]) -> str:
    """Return a document's `usage` in words."""
    tokens = int(number(usage["prompt_tokens"]) + number(usage["completion_tokens"]))
    calls = plural(usage["calls"], "model call")
    return f"{calls}, {plural(tokens, 'token')}, cost {money(usage['usd'], usage['calls'])}"


def usage_data(events: Sequence[Event]) -> dict[str, Any]:
    """Return what was paid for, as a document's `usage`."""
    used = usage_in(events)
    names = ("calls", "prompt_tokens", "cached_tokens", "completion_tokens")
    return {**{name: getattr(used, name) for name in names}, "usd": used.usd if used.calls else 0.0}


def _stage(events: Sequence[Event]) -> str:
    """The stage that is open: the one started last of those that have not ended."""
    open_ones: list[str] = []
    for event in events:
        name = str(event.data.get("stage", ""))
        if event.name == "stage.started":
            open_ones.append(name)
        elif event.name == "stage.ended" and name in open_ones:
            open_ones.remove(name)
    return open_ones[-1] if open_ones else ""


def _checks(events: Sequence[Event]) -> list[dict[str, Any]]:
    """The checks of the round that began last, with the first finding of each, which is all that the journal keeps."""
    last: dict[str, Mapping[str, Any]] = {}
    for event in events:
        name = str(event.data.get("name", ""))
        if event.name == "check.started" and (name in last or not last):
            last = {}
        if event.name == "check.ended":
            last[name] = event.data
    return [_check(name, data) for name, data in last.items()]


def _check(name: str, data: Mapping[str, Any]) -> dict[str, Any]:
    first, total = data.get("first"), count(data.get("findings"))
    findings = []
    if isinstance(first, Mapping):
        texts = {key: str(first.get(key) or "") for key in ("rule", "message")}
        path = str(first["path"]) if first.get("path") else None
        findings = [{"check": name, "path": path, "line": None, "column": None, "gates": True, **texts}]
    more = f"{plural(total, 'finding')} in all" if total > len(findings) else ""
    note = "; ".join(part for part in (str(data.get("note") or ""), more) if part)
    status, seconds = str(data.get("status", "")), number(data.get("seconds"))
    return {"name": name, "check": name, "status": status, "seconds": seconds, "note": note, "findings": findings}


def _attempt(data: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("author", "verdict", "note", "diff", "reason", "before", "after")
    rungs = data.get("rungs")
    return {
        **{key: str(data.get(key) or "") for key in keys},
        "rungs": [str(rung) for rung in rungs] if isinstance(rungs, list | tuple) else [],
    }

"""`p2c batch`: a manifest becomes orders, an engine carries them out, and a table says how they ended."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from p2c import state_folder
from p2c.batch.budget import BatchBudget
from p2c.batch.engines import BatchEngine, EnginePlan, open_engine
from p2c.batch.html_summary import render_overview
from p2c.batch.jobs import BatchFolder, BatchJob, content_digest, item_key
from p2c.batch.manifest import BatchItem, Manifest, read_manifest
from p2c.batch.manifest_schema import ITEM
from p2c.batch.results import ItemResult, not_done, read_result
from p2c.batch.scheduler import BatchProgress, Schedule, drive, plan
from p2c.batch.summary import Summary, render_csv, render_table, row_of
from p2c.budget import SpendingLimits, Usage
from p2c.commands.build import settings_of
from p2c.commands.console import Console, event_writer
from p2c.errors import UsageError
from p2c.files import write_whole
from p2c.formatting import duration, money
from p2c.host_processes import distrust
from p2c.journal import Event, Journal
from p2c.models import WAYS
from p2c.output_files import require_no_link
from p2c.safe_text import one_line
from p2c.settings import BACKENDS, DEFAULT_TOKENS, Settings

LIMITS = ("max_cost", "max_tokens", "max_minutes", "requests_per_minute", "tokens_per_minute")
"""What `[batch]` and the command's flags say of the whole; the rest of the flags is said of each item."""
MARK = "batch.json"
"""In p2c's own folder of a batch: that it is one."""
MODELS = ("model", "escalate_model")
PATIENCE = 60.0
"""Seconds that an item waits for a p2c in its folder that is on its way out."""


@dataclass(frozen=True)
class BatchRun:
    """A batch that was understood: nothing of it has started."""

    manifest: Manifest
    settings: Settings
    place: BatchFolder
    engine: str
    workers: int | None
    again: frozenset[str]


def run_batch(console: Console, manifest: Path, **flags: Any) -> int:
    """`p2c batch`."""
    run = understand(manifest, flags)
    _refuse_other_folder(run)
    start, root = time.monotonic(), run.place.root
    # From here on stdout belongs to the document: Ray prints there of what it lost.
    with state_folder.alone(root, run.settings.patience, console.say), redirect_stdout(sys.stderr):
        _refuse_other_folder(run)
        state_folder.write_state(root, MARK, {"manifest": str(run.manifest.path)})
        engine = open_engine(run.engine, _engine_plan(run))
        try:
            jobs = _jobs(run, engine.workers)
            schedule = plan(jobs, run.again)
            progress, interrupted = _carry_out(console, run, schedule, engine)
        finally:
            engine.close()
        results = [progress.results.get(job.item.name) or _unfinished(job) for job in jobs]
        rows = tuple(row_of(result, root) for result in results)
        used = sum((result.used for result in progress.results.values()), Usage())
        summary = Summary(rows, time.monotonic() - start, used, interrupted)
        _file(run, summary)
    return _tell(console, run, summary)


def understand(path: Path, flags: dict[str, Any]) -> BatchRun:
    """Read the manifest and the flags; raises InputError or UsageError before anything is made."""
    own = {name: flags.pop(name) for name in ("root", "engine", "workers", "again")}
    given = {key: value for key, value in flags.items() if value is not None and key in ITEM and key not in LIMITS}
    manifest = read_manifest(path, given)
    given_flags = {**{key: manifest.batch[key] for key in LIMITS if key in manifest.batch}, **_given(flags)}
    settings = settings_of(given_flags)
    manifest = replace(manifest, items=tuple(_with_settings(item, settings) for item in manifest.items))
    _refuse_without_model(manifest)
    for item in manifest.items:
        distrust(Path(item.source))
    root = own["root"] or Path(manifest.batch.get("output", f"{path.stem}-batch"))
    require_no_link(Path(root))
    workers = own["workers"] or manifest.batch.get("workers")
    engine = own["engine"] or manifest.batch.get("engine", "threads")
    return BatchRun(manifest, settings, BatchFolder(Path(root).absolute()), engine, workers, frozenset(own["again"]))


def _given(flags: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in flags.items() if value is not None}


def _with_settings(item: BatchItem, settings: Settings) -> BatchItem:
    """Return the item with what environment and user file say where the manifest and the flags say nothing.

    Written out, so that an item is the same on every machine, and another model makes another item.
    """
    names = {field.name for field in fields(Settings)} & set(ITEM)
    names -= {*LIMITS, "figures", "parallel", "gpus"}
    values = {name: getattr(settings, name) for name in sorted(names) if item.kind in ITEM[name].kinds}
    others = {name for name, backend in BACKENDS.items() if backend != item.options.get("sandbox", settings.sandbox)}
    known = {name: value for name, value in values.items() if value not in (None, False) and name not in others}
    known |= {"constraints": str(Path(known["constraints"]).absolute())} if "constraints" in known else {}
    options = {**known, **item.options}
    return replace(item, options={**options, **{key: _absolute(options[key]) for key in MODELS if key in options}})


def _absolute(model: str) -> str:
    """Return a model as it is named from another folder: `manual:` and `replay:` name folders."""
    way, _, place = model.partition(":")
    return f"{way}:{Path(place).absolute()}" if place and way in ("manual", "replay") else model


def _refuse_without_model(manifest: Manifest) -> None:
    for item in manifest.items:
        needs = item.kind == "build" or (item.kind == "repair" and not item.options.get("no_model"))
        if needs and not item.options.get("model"):
            raise UsageError(f"{manifest.path}, {item.name!r}: no language model is configured", WAYS)


def _refuse_other_folder(run: BatchRun) -> None:
    """Raise UsageError for a folder that holds something else than a batch of this user's; nothing is touched."""
    root = run.place.root
    if root.exists() and not root.is_dir():
        raise UsageError(f"{str(root)!r} is not a folder", "Choose a new folder with -o.")
    if state_folder.holds_more(root) and state_folder.read_file(run.place.state / MARK) is None:
        raise UsageError(f"{str(root)!r} does not belong to one of your batches", "Choose a new folder with -o.")


def _engine_plan(run: BatchRun) -> EnginePlan:
    return EnginePlan(run.place, run.workers, run.manifest.engines.get(run.engine, {}))


def _jobs(run: BatchRun, workers: int) -> list[BatchJob]:
    jobs = []
    for item in run.manifest.items:
        content = content_digest(item)
        environ = _environ(run, item, workers)
        jobs.append(BatchJob(item, str(run.place.root), item_key(item, content), content, environ=environ))
    return jobs


def _environ(run: BatchRun, item: BatchItem, workers: int) -> dict[str, str]:
    """Return what all processes share: the endpoint's limits, and their part of the requests at once."""
    settings = run.settings
    parallel = item.options.get("parallel") or max(1, settings.parallel // min(workers, len(run.manifest.items)))
    variables = {
        "P2C_PACE": str(Path(settings.pace or run.place.state / "pace.json").absolute()),
        "P2C_CACHE": str(Path(settings.cache).absolute()) if settings.cache else None,
        "P2C_FIGURES": str(settings.figures).lower(),
        "P2C_CRITERIA": str(settings.criteria).lower(),
        "P2C_PARALLEL": str(parallel),
        "P2C_CONTEXT": settings.context,
        "P2C_MAX_REPLY_TOKENS": settings.max_reply_tokens,
        "P2C_PATIENCE": str(PATIENCE),
        "P2C_REQUESTS_PER_MINUTE": settings.requests_per_minute,
        "P2C_TOKENS_PER_MINUTE": settings.tokens_per_minute,
    }
    return {key: str(value) for key, value in variables.items() if value is not None}


def _carry_out(console: Console, run: BatchRun, schedule: Schedule, engine: BatchEngine) -> tuple[BatchProgress, bool]:
    printer = _ProgressPrinter(console, len(schedule.kept), len(schedule.kept) + len(schedule.todo))
    writers = (event_writer(console.events),) if console.events is not None else ()
    journal = Journal(run.place.state / "journal.jsonl", (*writers, printer.hear))
    if schedule.kept:
        console.say(f"{len(schedule.kept)} of {printer.number} finished earlier and are kept")
    budget, progress = BatchBudget(_limits(run.settings, printer.number), engine.workers), BatchProgress()
    try:
        return drive(schedule, engine, budget, journal, progress), False
    except KeyboardInterrupt:
        return progress, True


def _limits(settings: Settings, items: int) -> SpendingLimits:
    """The whole's limits. Where money is limited tokens are too, because what a model costs may be unknown."""
    tokens = settings.max_tokens
    if tokens is None and settings.max_cost is not None:
        tokens = DEFAULT_TOKENS * items
    return SpendingLimits(settings.max_cost, tokens, settings.max_minutes)


def _unfinished(job: BatchJob) -> ItemResult:
    """Return how an item stands that was not come to, or that was ended with the batch."""
    kept = read_result(job.place.result(job.item.name))
    if kept is not None and kept.key == job.key:
        return kept
    return not_done(job, "interrupted", "the batch was interrupted", 130)


class _ProgressPrinter:
    """Says a line for each item that starts or ends."""

    def __init__(self, console: Console, done: int, number: int) -> None:
        self.console = console
        self.done = done
        self.number = number

    def hear(self, event: Event) -> None:
        """Listen to the batch's journal."""
        name = event.data.get("item", "")
        if event.name == "item.started":
            self.console.say(f"{name}: started")
        elif event.name == "item.ended":
            self.done += 1
            data = event.data
            cost = money(data["usd"], 1) if data["tokens"] else "$0"
            why = "" if data["verdict"] == "runs" else f": {one_line(data['why'], 120)}"
            took = f"{duration(data['seconds'])}, {data['tokens']:,} tokens, {cost}"
            self.console.say(f"[{self.done}/{self.number}] {name}: {data['verdict']} ({took}){why}")


def _file(run: BatchRun, summary: Summary) -> None:
    from p2c.reports.outcome import to_json

    root = run.place.root
    write_whole(root / "summary.json", to_json(summary.data))
    write_whole(root / "summary.csv", render_csv(summary))
    write_whole(root / "index.html", render_overview(summary, run.manifest.path.name))


def _tell(console: Console, run: BatchRun, summary: Summary) -> int:
    from p2c.reports.outcome import to_json

    if console.as_json:
        sys.stdout.write(to_json(summary.data))
    elif not console.quiet:
        sys.stdout.write(render_table(summary))
    console.say(f"Wrote {run.place.root / 'index.html'}, summary.csv and summary.json")
    if summary.interrupted:
        console.say("interrupted; run the same command again to resume")
    return summary.exit_code

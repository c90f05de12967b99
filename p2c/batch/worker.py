"""One item from its order to its result: in this process's name, but never in this process."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from p2c import git_history
from p2c.batch.jobs import BatchJob, command, score_command, score_key
from p2c.batch.results import STARTED, ItemResult, left_of, not_done, read_result, spent_in, spent_since, write_result
from p2c.batch.subprocesses import ProcessResult, SubprocessTerms, run_p2c
from p2c.budget import Usage
from p2c.errors import P2CError, UsageError
from p2c.journal import read_events
from p2c.repo import IGNORED_DIRS, is_environment
from p2c.state_folder import FINISHED, StateFolder, append_line, read_file, read_log, write_file

SPARE_SECONDS = 120.0
"""What a command may take beyond its minutes to come to its end by itself."""
WORDS = {2: "usage", 3: "unavailable", 4: "budget", 70: "bug", 130: "interrupted"}


def perform(
    order: BatchJob, environ: Mapping[str, str] | None = None, stop: Callable[[], bool] = lambda: False
) -> ItemResult:
    """Carry an order out and keep its result; raises nothing but KeyboardInterrupt.

    `environ` is added to the commands' environment. Done again after a kill, it goes on in the same folder.
    """
    name = order.item.name
    events = order.place.events(name)
    before = len(list(read_events(events)))
    try:
        _note_start(events)
        limit = order.grant.minutes * 60 + SPARE_SECONDS if order.grant.minutes is not None else None
        terms = SubprocessTerms(
            order.place.log(name), {**order.environ, **(environ or {})}, limit, stop, _empty_folder(order)
        )
        result = _kept(order) if order.only_score else None
        result = result or _run(order, terms)
        result = _scored(result, order, terms, before)
    except P2CError as error:
        result = not_done(order, error.word, " ".join(str(error).split()), error.exit_code)
    except OSError as error:
        result = not_done(order, "unavailable", f"{type(error).__name__}: {error}", 3)
    except Exception as error:
        result = not_done(order, "bug", f"a bug in p2c: {type(error).__name__}: {error}", 70)
    spent = spent_in(events)
    used = spent_since(events, before)
    result = replace(result, used=used, spent=spent.usage, starts=spent.starts, seconds=spent.seconds)
    write_result(order, result)
    return result


def _empty_folder(order: BatchJob) -> Path:
    """Return the folder that commands work in, wherever they run: nothing can be loaded from it."""
    order.place.empty.mkdir(parents=True, exist_ok=True)
    return order.place.empty


def _kept(order: BatchJob) -> ItemResult | None:
    return read_result(order.place.result(order.item.name))


def _run(order: BatchJob, terms: SubprocessTerms) -> ItemResult:
    _prepare(order)
    return _result_of(order, run_p2c(command(order), terms))


def _note_start(events: Path) -> None:
    line = {"event": STARTED, "time": datetime.now(UTC).isoformat(timespec="milliseconds")}
    append_line(events, json.dumps(line))


def _prepare(order: BatchJob) -> None:
    """Make the item's folder ready; one that was made from another input, or for another repair, is set aside."""
    kind, folder = order.item.kind, order.folder
    if kind == "check" or order.item.options.get("in_place"):
        return
    made_of = order.content if kind == "build" else order.key
    mark = order.place.mark(order.item.name)
    known = (read_file(mark) or b"").decode("utf-8", "replace")
    if folder.exists() and known != made_of:
        aside = order.place.state / "former" / f"{order.item.name}-{uuid.uuid4().hex[:8]}"
        aside.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(aside)
    if kind == "build" and folder.is_dir():
        StateFolder(folder).remove(FINISHED)  # a batch comes to an item again only where it is to be done again
    write_file(mark, made_of.encode())
    if kind == "repair" and not folder.exists():
        _copy(Path(order.item.source), folder, order.place.state / "copies" / uuid.uuid4().hex)


def _copy(source: Path, target: Path, beside: Path) -> None:
    """Copy a repository whole or not at all, as a git checkout of its own whose first commit is what was given."""

    def ignore(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if name in IGNORED_DIRS or is_environment(Path(folder) / name)]

    try:
        shutil.copytree(source, beside, symlinks=True, ignore=ignore)
        git_history.commit_all(beside, "As it was given")
        beside.rename(target)
    except shutil.Error as error:
        raise UsageError(f"{str(source)!r} cannot be copied: {error.args[0][:1]}", "Or set in_place = true.") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _result_of(order: BatchJob, ended: ProcessResult) -> ItemResult:
    """Read the document that the command gave; one that gave none says so by its exit code."""
    document = _document(ended.stdout)
    item = order.item
    if document is None:
        last = _last_line(order.place.log(item.name))
        if ended.exit < 0:
            why = f"ended by signal {-ended.exit}" + (f"; its last output: {last}" if last else "")
            return not_done(order, "killed", why, 3)
        return not_done(order, WORDS.get(ended.exit, "killed"), last or "it printed nothing", ended.exit)
    word = str(document.get("verdict") or document.get("error") or WORDS.get(ended.exit, "bug"))
    if ended.stopped and ended.exit == 130:
        word = "interrupted"
    why = " ".join(str(document.get("why", "")).split())
    return ItemResult(item.name, item.kind, order.key, word, why, ended.exit, document, folder=str(order.folder))


def _scored(result: ItemResult, order: BatchJob, terms: SubprocessTerms, before: int) -> ItemResult:
    """Have what was built scored, if that is wanted and it came to an end."""
    wanted = score_key(order.item)
    if not wanted or not result.final or result.verdict == "input" or terms.stop():
        return result
    used = spent_since(order.place.events(order.item.name), before)
    ended = run_p2c(score_command(order, left_of(order.grant, used)), terms)
    document = _document(ended.stdout)
    if document is not None and "mean" in document:
        return replace(result, score=document, score_key=wanted)
    why = str((document or {}).get("why", "")) or _last_line(order.place.log(order.item.name))
    return replace(result, score={"mean": None, "why": f"no score: {why}", "exit": ended.exit}, score_key="")


def _document(text: str) -> dict[str, Any] | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _last_line(log: Path) -> str:
    lines = read_log(log)[-4_000:].decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:400] if lines else ""


def lost(order: BatchJob, why: str) -> ItemResult:
    """Return the result of an item whose worker did not come back, keeping what that worker had written."""
    result = not_done(order, "killed", why, 3)
    written = _kept(order)
    if written is not None and written.key == order.key and written.final:
        return written
    write_result(order, result)
    return replace(result, used=Usage())

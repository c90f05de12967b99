"""Ways for a run to end with 0 that are no end of its code: left early, still at work, nothing known."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from p2c import python_source
from p2c.executor import normalization
from p2c.executor.report import Finding, Frame
from p2c.executor.run_records import RunRecord
from p2c.repo import Repo
from p2c.sandboxes.base import Places

_WAY = "let the code come to its end: return from it, or raise; sys.exit(0) only where the work is done"


def unfinished(check: str, line: str, run: RunRecord, places: Places) -> Iterator[Finding]:
    """Yield what says that a run which ended with 0 did not come to its end."""
    if run.is_lost:
        message = f"nothing is known of how `{line}` ended: it ended, or replaced, the process that was to tell"
        yield Finding(check, "NoRecord", message, fix=_WAY)
    elif not run.ended or "left" in run.data:
        yield _early(check, line, run, places)
    elif "error" in run.data:
        yield _hidden(check, line, run, places)
    elif run.left:
        message = f"`{line}` ended with 0 while processes that it had started were still at work: {'; '.join(run.left)}"
        fix = "wait for what was started (join, wait), and end with its exit code"
        yield Finding(check, "LeftRunning", normalization.text(message, places), fix=fix)


def _early(check: str, line: str, run: RunRecord, places: Places) -> Finding:
    way = run.data.get("left") or {"how": "an exit of the process that Python knows nothing of", "calls": []}
    frames = tuple(_frame(call, places) for call in way["calls"])
    inside = [frame for frame in frames if frame.inside]
    at = f" in {inside[-1].function} ({inside[-1].path}:{inside[-1].line})" if inside else ""
    how = normalization.text(way["how"], places)
    message = f"`{line}` left before its code had ended, by {how}{at}"
    where, row = (inside[-1].path, inside[-1].line) if inside else (None, None)
    return Finding(check, "LeftEarly", message, where, row, frames=frames, fix=_WAY)


def _hidden(check: str, line: str, run: RunRecord, places: Places) -> Finding:
    """An exception that ended the code, and an exit code that says nothing of it."""
    data = run.data["error"]
    frames = tuple(_frame(call, places) for call in data["frames"])
    inside = [frame for frame in frames if frame.inside]
    where, row = (inside[-1].path, inside[-1].line) if inside else (None, None)
    error_text = normalization.text(data["message"], places)
    message = f"`{line}` ended with 0, though {data['type']} had ended its code: {error_text}"
    if data["type"] == "SystemExit":
        message = f"`{line}` ended with 0 in the middle of an import: {where or 'a module'} leaves when it is imported"
    return Finding(check, "LeftEarly", message, where, row, frames=frames, fix=_WAY)


def at_work(check: str, line: str, run: RunRecord, places: Places, repo: Repo) -> Iterator[Finding]:
    """Yield the threads that the end of the program cut off; one that waits in a loop is only told."""
    for call in run.data.get("working") or []:
        frame = _frame(call, places)
        if not frame.inside:
            continue
        message = (
            f"`{line}` ended with 0 while a daemon thread was still in {frame.function} ({frame.path}:{frame.line})"
        )
        gates = not _is_loop(repo.files.get(frame.path, ""), frame.line)
        fix = "join the thread before the end, and let its exceptions end the program"
        yield Finding(check, "LeftRunning", message, frame.path, frame.line, frames=(frame,), gates=gates, fix=fix)


def _frame(call: Mapping[str, Any], places: Places) -> Frame:
    where, inside = normalization.path(call["file"], places)
    return Frame(where, call["line"] or 0, call["function"], inside=inside)


def _is_loop(text: str, line: int) -> bool:
    """Tell whether a line lies in a loop without an end, as heartbeats and queues' consumers have it."""
    tree = python_source.parse(text)
    loops = (node for node in ast.walk(tree) if isinstance(node, ast.While)) if tree else ()
    return any(loop.lineno <= line <= (loop.end_lineno or 0) for loop in loops)

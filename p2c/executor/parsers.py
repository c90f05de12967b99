"""Tool output into findings: pure functions, tested on recorded outputs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from p2c.executor import normalization
from p2c.executor.report import Finding, Frame
from p2c.executor.run_records import RunRecord, read_json
from p2c.sandboxes.base import Places
from p2c.untrusted_text import load_json

RUFF_GATES = re.compile(r"^(E9|F5(?:0[1-35-9]|2[145])|F63|F7|F82|F811|PLE)")
MYPY_GATES = frozenset(
    """call-arg attr-defined name-defined return-value return func-returns-value not-callable used-before-def
    unused-coroutine typeddict-unknown-key exit-return possibly-undefined""".split()
)
"""Codes of what stops a program or makes its results wrong; the others are mostly annotations taken lightly."""

_MYPY_NOISE = re.compile(
    r'^"object" has no attribute|ndarray|dtype\[|floating\[|signedinteger|float64|Tensor|"Any \| None"|\| None"'
)
"""Complaints that come from the stubs of array libraries, and from dicts of mixed values."""

_FASTER = (
    "if it waits for something that never comes, or never gets better, mend that; else let the same work take less "
    "time (arrays instead of loops, sparse instead of dense, nothing computed twice). How much work a run does is "
    "for a person to say: --run CMD, [run] smoke in p2c.toml, --timeout SECONDS"
)

_LOGGED = re.compile(
    r"^(?:.*(?:\s-\s|\[|\|\s*|\d\s+)(?:ERROR|CRITICAL)(?:\s-\s|\]|\s*\||\s+|:)|(?:ERROR|CRITICAL):).*$|"
    r"^Traceback \(most recent call last\):$",
    re.MULTILINE,
)
"""A line as logging and its kind write errors (`... - ERROR - ...`, `[ERROR]`, `ERROR:name:`), or a traceback."""

_ERROR_LINE = re.compile(r"(?:\S[^:]{0,80}: )?(?:fatal )?error: \S", re.IGNORECASE)
_USAGE = re.compile(r"error: usage:", re.IGNORECASE)
"""pytest puts its usage behind `ERROR:` and says below what was wrong."""

_TRACE = re.compile(r'^\s*File "([^"]+)", line (\d+)(?:,? in (.+))?\s*$')
_LAST = re.compile(r"^((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception|Exit|Interrupt|Warning|Iteration)?): ?(.*)$")


def ruff(output: str, places: Places, skip: frozenset[str] = frozenset()) -> tuple[Finding, ...]:
    """Read `ruff check --output-format json`; files in `skip` (those that do not compile) are left out."""
    findings = []
    for item in load_json(output or "[]"):
        where, _ = normalization.path(item["filename"], places)
        code = item.get("code") or "invalid-syntax"
        if where in skip or code == "invalid-syntax":
            continue
        place = item.get("location") or {}
        gates = bool(RUFF_GATES.match(code))
        fix = (item.get("fix") or {}).get("message") or ""
        findings.append(
            Finding(
                "lint", code, item["message"], where, place.get("row"), place.get("column"), gates=gates, fix=fix or ""
            )
        )
    return tuple(findings)


def mypy(output: str, places: Places) -> tuple[Finding, ...]:
    """Read `mypy --output json` (JSON lines, 0-based columns); notes are left out, missing stubs never gate."""
    findings = []
    for line in output.split("\n"):
        item = read_json(line.encode()) if line.startswith("{") else None
        if item is None or item.get("severity") != "error":
            continue
        code = item.get("code") or "error"
        where, inside = normalization.path(item["file"], places)
        column = item["column"] + 1 if item.get("column", -1) >= 0 else None
        gates = inside and code in MYPY_GATES and not _MYPY_NOISE.search(item["message"])
        message, row = normalization.text(item["message"], places), max(item.get("line", 1), 1)
        hint = normalization.text(item.get("hint") or "", places)
        findings.append(Finding("types", code, message, where, row, column, gates=gates, detail=hint))
    return tuple(findings)


def error(check: str, data: Mapping[str, Any], places: Places, detail: str = "") -> Finding:
    """Turn an exception as the recorder wrote it into a finding: its place is the repository's innermost frame."""
    frames = tuple(_frame(item, places) for item in data["frames"])
    inside = [frame for frame in frames if frame.inside]
    message = normalization.text(data["message"][:20_000], places)
    where, line, column = (inside[-1].path, inside[-1].line, inside[-1].column) if inside else (None, None, None)
    broken = data.get("syntax")
    if broken and broken.get("filename"):
        where, _ = normalization.path(broken["filename"], places)
        line, column = broken.get("lineno"), broken.get("offset")
    more = [_cause(data, places), *data.get("notes", []), detail]
    return Finding(
        check, data["type"], message, where, line, column, frames, detail="\n".join(part for part in more if part)
    )


def _frame(item: Mapping[str, Any], places: Places) -> Frame:
    where, inside = normalization.path(item["file"], places)
    inside = inside and bool(item.get("inside", True))
    variables = {name: normalization.text(value, places) for name, value in item["locals"].items()}
    columns = item.get("column"), item.get("end_column")
    return Frame(where, item["line"] or 0, item["function"], item["code"], *columns, variables, inside)


def _cause(data: Mapping[str, Any], places: Places) -> str:
    lines = []
    cause = data.get("cause")
    while cause:
        frames = [_frame(item, places) for item in cause["frames"]]
        at = next((f" at {f.path}:{f.line} `{f.code}`" for f in reversed(frames) if f.inside), "")
        lines.append(f"because of {cause['type']}: {normalization.text(cause['message'], places)}{at}")
        cause = cause.get("cause")
    return "\n".join(lines)


def stacks(text: str, places: Places) -> tuple[Frame, ...]:
    """Read what `faulthandler` dumped: the stack of the thread that failed, else of the main one, outermost first."""
    blocks = re.split(r"^(?=(?:Current thread|Thread) )", text, flags=re.MULTILINE)
    blocks.sort(key=lambda block: (not block.startswith("Current"), '"<p2c ' not in block))
    read = [_stack(block, places) for block in blocks]
    best = (frames for frames in read if any(frame.inside for frame in frames))
    return next(best, next((frames for frames in read if frames), ()))


def _stack(block: str, places: Places) -> tuple[Frame, ...]:
    matches = [match for line in block.split("\n") if (match := _TRACE.match(line))]
    frames = []
    for match in reversed(matches):
        if not match[1].startswith(("<p2c ", "<frozen", "<string>")):
            where, inside = normalization.path(match[1], places)
            frames.append(Frame(where, int(match[2]), match[3] or "", inside=inside))
    return tuple(frames)


def traceback(text: str, check: str, places: Places) -> Finding | None:
    """Read the last traceback that Python printed; None where there is none."""
    start = text.rfind("Traceback (most recent call last):")
    if start < 0:
        return None
    frames: list[Frame] = []
    rows = text[start:].split("\n")
    for number, row in enumerate(rows[1:], 1):
        match = _TRACE.match(row)
        if match:
            code = rows[number + 1].strip() if number + 1 < len(rows) else ""
            where, inside = normalization.path(match[1], places)
            frames.append(Frame(where, int(match[2]), match[3] or "", code, inside=inside))
        elif row and not row[0].isspace():
            return _ended(check, row, tuple(frames), places)
    return None


def _ended(check: str, row: str, frames: tuple[Frame, ...], places: Places) -> Finding:
    last = _LAST.match(row)
    rule, message = (last[1].rpartition(".")[2], last[2]) if last else (row.strip(), "")
    inside = [frame for frame in frames if frame.inside]
    where, line = (inside[-1].path, inside[-1].line) if inside else (None, None)
    return Finding(check, rule, normalization.text(message, places), where, line, frames=frames)


def failure(check: str, line: str, run: RunRecord, places: Places) -> Finding:
    """Say how a run that did not end well ended: out of time or memory, an exception, a crash, an exit code."""
    result = run.result
    detail = normalization.tail(result.stderr.strip() or result.stdout, places)
    if result.oom_killed:
        return Finding(check, "OutOfMemory", f"`{line}` took more memory than the sandbox gives", detail=detail)
    if result.timed_out:
        return _timeout(check, line, run, places, detail)
    described = run.data.get("error")
    if isinstance(described, dict):
        finding = error(check, described, places, detail)
        return (
            _exit(finding, line, result.exit_code, result.stderr, places) if finding.rule == "SystemExit" else finding
        )
    if run.crash.strip():
        return _crash(check, line, run, places, detail)
    printed = traceback(result.stderr, check, places)
    if printed is not None:
        return replace(printed, detail=detail)
    last_words = f": {_last_line(result.stderr, places)}" if result.stderr.strip() else ""
    return Finding(check, "ExitCode", f"`{line}` ended with {result.exit_code}{last_words}", detail=detail)


def logged(check: str, line: str, run: RunRecord, places: Places) -> Iterator[Finding]:
    """Yield one finding, which does not gate, where a run that ended well said that something in it failed."""
    output = f"{run.result.stderr}\n{run.result.stdout}"
    rows = list(dict.fromkeys(match[0].strip() for match in _LOGGED.finditer(output)))
    if rows:
        first = normalization.text(rows[0], places)[:300]
        message = f"`{line}` ended with 0, but said of itself that {len(rows)} things failed, first: {first}"
        detail = normalization.text("\n".join(rows[:20]), places)
        yield Finding(check, "LoggedErrors", message, gates=False, detail=detail)


def tests(run: RunRecord, places: Places, check: str) -> Iterator[Finding]:
    """Read what pytest's plugin told: a finding for each failing test, or one for what kept pytest from testing."""
    failures = run.data.get("failures") or []
    for item in failures:
        finding = error(check, item["error"], places)
        where, inside = normalization.path(item["path"], places)
        at = finding if finding.path else replace(finding, path=where if inside else None, line=item["line"])
        yield replace(at, message=f"{item['id']}: {at.message}")
    if not failures:
        yield failure(check, "pytest", run, places)


def _timeout(check: str, line: str, run: RunRecord, places: Places, detail: str) -> Finding:
    frames = stacks(run.late, places)
    inside = [frame for frame in frames if frame.inside]
    message = f"`{line}` was not done after {run.result.command.timeout:g} s ({run.cpu:.0f} s of processor time)"
    if run.listens:
        message += f"; it waits for connections at port {run.listens[0]}"
    if inside:
        message += f"; it was in {inside[-1].function} ({inside[-1].path}:{inside[-1].line})"
    where, row = (inside[-1].path, inside[-1].line) if inside else (None, None)
    return Finding(check, "Timeout", message, where, row, frames=frames, fix=_FASTER, detail=detail)


def _crash(check: str, line: str, run: RunRecord, places: Places, detail: str) -> Finding:
    frames = stacks(run.crash, places)
    inside = [frame for frame in frames if frame.inside]
    where, row = (inside[-1].path, inside[-1].line) if inside else (None, None)
    message = f"`{line}` crashed: {run.crash.strip().splitlines()[0]}"
    return Finding(check, "Crash", message, where, row, frames=frames, detail=detail)


def _exit(finding: Finding, line: str, code: int | None, stderr: str, places: Places) -> Finding:
    last_words = _last_line(stderr, places) or finding.message
    return replace(finding, message=f"`{line}` ended itself with {code}" + (f": {last_words}" if last_words else ""))


def _last_line(text: str, places: Places) -> str:
    """Return the last line that names an error as tools do (`pytest: error: ...`), else the last one."""
    rows = [row for row in text.splitlines() if row.strip()]
    named = (row for row in reversed(rows[-20:]) if _ERROR_LINE.match(row) and not _USAGE.search(row))
    row = next(named, rows[-1] if rows else "")
    return normalization.text(row, places).strip()[:400]

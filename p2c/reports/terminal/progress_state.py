"""What progress knows: the journal's events so far, boiled down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from p2c.budget import SpendingLimits, Usage
from p2c.formatting import duration, money, plural
from p2c.journal import Event
from p2c.reports.journal_summary import count, number, planned_files, usage_of
from p2c.safe_text import one_line


class ProgressState:
    """Where a run stands; `hear` takes each event of its journal."""

    def __init__(self, limits: SpendingLimits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self.stage = ""
        self.files: set[str] = set()
        self.analysed: set[str] = set()
        self.files_planned = 0
        self.checks: dict[str, tuple[str, float]] = {}
        """Name -> (status, seconds) in this round; the status is empty while it runs."""
        self.finding = ""
        """What is to be cured now; while a patch is checked, what that found."""
        self.kept_finding = ""
        self.attempts = 0
        self.usage = Usage()
        self.replayed = 0
        self.has_model = False
        self.coming: dict[str, int] = {}
        """Who asks -> tokens of the reply that have come so far, while calls are under way."""
        self._clock = clock
        self._start = clock()

    @property
    def seconds(self) -> float:
        """Seconds since the showing began."""
        return self._clock() - self._start

    @property
    def files_done(self) -> int:
        """Files written so far, each counted once; before the first one, those analysed."""
        return len(self.files or self.analysed)

    @property
    def doing(self) -> str:
        """The stage; where a command has none, what it does now."""
        return self.stage or ("repairing" if self.attempts else "checking" if self.checks else "starting")

    @property
    def checks_ended(self) -> int:
        """Checks of this round that have ended."""
        return sum(1 for status, _ in self.checks.values() if status)

    def hear(self, event: Event) -> None:
        """Take one event; those it does not know change nothing."""
        take = _TAKES.get(event.name)
        if take:
            take(self, event.data)


def line_of(event: Event, state: ProgressState) -> str:
    """Return the one line that stands for an event where there is no live display, empty for what is not worth one."""
    tell = _LINES.get(event.name)
    return tell(event.data, state) if tell else ""


def coming_line(state: ProgressState) -> str:
    """Return how much of the replies under way has come, those that began last at the end."""
    rows = [f"{one_line(stage, 40)}: {plural(tokens, 'token')}" for stage, tokens in tuple(state.coming.items())]
    more = [f"and {len(rows) - 3} more"] if len(rows) > 3 else []
    return "receiving " + ", ".join(rows[:3] + more) if rows else ""


def money_line(state: ProgressState) -> str:
    """Return attempts, calls, tokens and money, each against its limit; of a model only where there is one."""
    cap = state.limits
    parts = []
    if state.attempts:
        parts.append(f"attempt {state.attempts}" + (f" of {cap.attempts}" if cap.attempts else ""))
    parts += _model_parts(state) if state.has_model else []
    parts += [f"at most {cap.minutes:g} min"] if cap.minutes else []
    return ", ".join(parts)


def _model_parts(state: ProgressState) -> list[str]:
    cap = state.limits
    replayed = f" ({state.replayed:,} from disk)" if state.replayed else ""
    calls = plural(state.usage.calls + state.replayed, "model call") + replayed
    tokens = f"{state.usage.tokens:,}" + (f" of {cap.tokens:,}" if cap.tokens else "") + " tokens"
    usd = f"cost {money(state.usage.usd, state.usage.calls)}"
    return [calls, tokens, usd + (f" of {money(cap.usd)}" if cap.usd is not None else "")]


Data = Mapping[str, Any]


def _stage_started(state: ProgressState, data: Data) -> None:
    state.stage = str(data.get("stage", ""))


def _plan_made(state: ProgressState, data: Data) -> None:
    state.files_planned = planned_files(data.get("files"))


def _file_written(state: ProgressState, data: Data) -> None:
    state.files.add(str(data.get("path", "")))
    state.files_planned = max(state.files_planned, len(state.files)) if state.files_planned else 0


def _file_analysed(state: ProgressState, data: Data) -> None:
    state.analysed.add(str(data.get("path", "")))


def _check_started(state: ProgressState, data: Data) -> None:
    name = str(data.get("name", ""))
    if state.checks.get(name, ("", 0.0))[0]:
        state.kept_finding = state.kept_finding or state.finding
        state.checks, state.finding = {}, ""
    state.checks[name] = ("", 0.0)


def _check_ended(state: ProgressState, data: Data) -> None:
    name, status = str(data.get("name", "")), str(data.get("status", ""))
    state.checks[name] = (status or "?", number(data.get("seconds")))
    findings = data.get("findings")
    first = data.get("first") or (findings[0] if isinstance(findings, list) and findings else None)
    if status == "failed" and first and not state.finding:
        state.finding = _finding(first)


def _finding(finding: object) -> str:
    if not isinstance(finding, Mapping):
        return one_line(str(finding), 200)
    parts = [str(finding.get(key) or "") for key in ("path", "rule", "message")]
    return one_line(" ".join(part for part in parts if part), 200)


def _patch_tried(state: ProgressState, data: Data) -> None:
    state.attempts += 1
    if data.get("verdict") == "kept":
        state.kept_finding = state.finding
    else:
        state.finding = state.kept_finding or state.finding


def _run_started(state: ProgressState, data: Data) -> None:
    state.has_model = bool(data.get("model"))


def _model_received(state: ProgressState, data: Data) -> None:
    state.coming[str(data.get("stage", ""))] = count(data.get("tokens"))


def _model_called(state: ProgressState, data: Data) -> None:
    state.has_model = True
    state.coming.pop(str(data.get("stage", "")), None)
    if data.get("cached"):
        state.replayed += 1
    else:
        state.usage = state.usage + usage_of(data)


_TAKES: Mapping[str, Callable[[ProgressState, Data], None]] = {
    "run.started": _run_started,
    "stage.started": _stage_started,
    "plan.made": _plan_made,
    "file.written": _file_written,
    "check.started": _check_started,
    "check.ended": _check_ended,
    "patch.tried": _patch_tried,
    "file.analysed": _file_analysed,
    "model.received": _model_received,
    "model.called": _model_called,
    "model.failed": _model_called,
}


def _tell_stage(data: Data, state: ProgressState) -> str:
    return f"[{duration(state.seconds)}] {one_line(str(data.get('stage', '')), 80)}"


def _tell_plan(data: Data, state: ProgressState) -> str:
    return f"  planned {plural(state.files_planned, 'file')}" if state.files_planned else "  planned"


def _tell_file(data: Data, state: ProgressState) -> str:
    of = f" ({state.files_done}/{state.files_planned})" if state.files_planned else ""
    return f"  wrote {one_line(str(data.get('path', '')), 120)}{of}"


def _tell_check(data: Data, state: ProgressState) -> str:
    total = count(data.get("findings"))
    more = f", {plural(total, 'finding')}" if total else ""
    status = one_line(str(data.get("status", "")), 20)
    time = "" if status == "skipped" else f" ({duration(number(data.get('seconds')))})"
    return f"  {one_line(str(data.get('name', '')), 40)}: {status}{more}{time}"


def _tell_patch(data: Data, state: ProgressState) -> str:
    author, verdict = one_line(str(data.get("author", "")), 60), one_line(str(data.get("verdict", "")), 20)
    note = one_line(str(data.get("note", "")), 160)
    return f"  attempt {state.attempts} by {author}: {verdict}" + (f", {note}" if note else "")


def _tell_stop(data: Data, state: ProgressState) -> str:
    word, why = one_line(str(data.get("word", "")), 40), one_line(str(data.get("why", "")), 200)
    spent = money_line(state)
    return f"  repair stopped: {word}" + (f", {why}" if why else "") + (f" ({spent})" if spent else "")


def _tell_again(data: Data, state: ProgressState) -> str:
    """A call that is made again: people wonder what takes so long."""
    why = one_line(str(data.get("reason") or data.get("why") or ""), 160)
    return f"  {one_line(str(data.get('stage', '')), 60)}: retrying the model call, {why}"


def _tell_ended(data: Data, state: ProgressState) -> str:
    stage, why = one_line(str(data.get("stage", "")), 60), one_line(str(data.get("why", "")), 160)
    return f"  {stage}: ended the reply early, {why}"


def _tell_slowed(data: Data, state: ProgressState) -> str:
    calls = plural(count(data.get("parallel")), "model call")
    return f"  {calls} at once from now on: {one_line(str(data.get('why', '')), 160)}"


def _tell_shortened(data: Data, state: ProgressState) -> str:
    return f"  {one_line(str(data.get('why', '')), 600)}"


def _tell_failed(data: Data, state: ProgressState) -> str:
    return f"  {one_line(str(data.get('stage', '')), 60)}: call failed, {one_line(str(data.get('error', '')), 200)}"


_LINES: Mapping[str, Callable[[Data, ProgressState], str]] = {
    "stage.started": _tell_stage,
    "plan.made": _tell_plan,
    "file.written": _tell_file,
    "check.ended": _tell_check,
    "patch.tried": _tell_patch,
    "reply.refused": _tell_again,
    "model.retried": _tell_again,
    "model.stopped": _tell_ended,
    "model.slowed": _tell_slowed,
    "paper.shortened": _tell_shortened,
    "model.failed": _tell_failed,
    "repair.stopped": _tell_stop,
}

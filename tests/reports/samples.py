"""Outcomes and journals that the tests of the reports look at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from p2c.budget import Usage
from p2c.executor.report import CheckResult, Finding, Frame, Report
from p2c.journal import Event
from p2c.repair.history import Attempt
from p2c.repair.patch import Patch
from p2c.reports.outcome import Outcome

DIFF = """\
diff --git a/train.py b/train.py
--- a/train.py
+++ b/train.py
@@ -1,3 +1,3 @@
 import numpy as np
-x = np.float(3)
--- a comment in SQL
+x = float(3)
 print(x)
"""

HOSTILE = (
    "</script><script>fetch('https://evil.example/')</script><img src=x onerror=alert(1)>"
    "</style><meta http-equiv=refresh content='0;url=https://evil.example'>"
    "\x1b]0;owned\x07\x1b[2J\u202egnp.exe\u2066\x00`@everyone` | ![i](https://evil.example/i) ```\n"
    "::error::forged\n]]>&amp;\ud800"
)


def finding(**changes: Any) -> Finding:
    fields: dict[str, Any] = {
        "check": "smoke",
        "rule": "AttributeError",
        "message": "module 'numpy' has no attribute 'float'",
        "path": "train.py",
        "line": 2,
        "column": 5,
        "frames": (Frame("train.py", 2, "main", "x = np.float(3)", locals={"y": "ndarray (3, 4) float64"}),),
    }
    return Finding(**{**fields, **changes})


def report() -> Report:
    style = finding(
        check="lint", rule="F401", message="`os` imported but unused", line=1, column=8, gates=False, frames=()
    )
    return Report(
        (
            CheckResult("compile", "passed", seconds=0.12),
            CheckResult("lint", "passed", (style,), 0.05),
            CheckResult("install", "passed", seconds=14.2),
            CheckResult("import", "passed", seconds=1.9),
            CheckResult("smoke", "failed", (finding(),), 3.25),
            CheckResult("test", "skipped", note="smoke failed"),
        )
    )


def attempts() -> tuple[Attempt, ...]:
    return (
        Attempt(
            Patch(DIFF, "numpy has no float any more", "fixer:numpy"), "kept", "1 gating finding gone, 0 new", "a", "b"
        ),
        Attempt(Patch("not a diff", "", "debugger"), "rejected", "there is no hunk in this diff", "b"),
        Attempt(
            Patch(DIFF.replace("float", "int"), "try int", "debugger"),
            "dropped",
            "it changed nothing",
            "b",
            "b",
            rungs=("exact", "shift"),
        ),
    )


def outcome(**changes: Any) -> Outcome:
    fields: dict[str, Any] = {
        "verdict": "stagnated",
        "why": "the last of 3 attempts made no progress",
        "report": report(),
        "attempts": attempts(),
        "usage": Usage(4, 52_000, 31_000, 6_400, 0.0312),
        "seconds": 185.4,
        "extra": {"title": "When Should Momentum Start Again?"},
    }
    return Outcome(**{**fields, **changes})


def journal(*told: tuple[float, str, dict[str, Any]]) -> list[Event]:
    start = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    return [Event(name, (start + timedelta(seconds=at)).isoformat(), data) for at, name, data in told]


def call(stage: str, cached: bool = False, **changes: Any) -> dict[str, Any]:
    usage = {"prompt_tokens": 10_000, "cached_tokens": 4_000, "completion_tokens": 1_000, "usd": 0.0125}
    return {"stage": stage, "model": "m", "cached": cached, "seconds": 2.0, **usage, **changes}


def round_of(at: float, **findings: int) -> list[tuple[float, str, dict[str, Any]]]:
    told: list[tuple[float, str, dict[str, Any]]] = []
    for step, (name, number) in enumerate(findings.items()):
        told.append((at + step, "check.started", {"name": name}))
        ended = {"name": name, "status": "failed" if number else "passed", "seconds": 0.5, "findings": number}
        told.append((at + step + 0.5, "check.ended", ended))
    return told


def patch_tried(attempt: Attempt) -> dict[str, Any]:
    patch = attempt.patch
    told = {"author": patch.author, "verdict": attempt.verdict, "note": attempt.note, "reason": patch.reason}
    return {**told, "diff": patch.diff, "before": attempt.before, "after": attempt.after, "rungs": attempt.rungs}


def events() -> list[Event]:
    kept, rejected, dropped = (patch_tried(attempt) for attempt in attempts())
    return journal(
        (0, "stage.started", {"stage": "planning"}),
        (5, "model.called", call("plan.design")),
        (9, "plan.made", {"files": 2}),
        (10, "stage.ended", {"stage": "planning"}),
        (10, "stage.started", {"stage": "coding"}),
        (12, "model.called", call("code:train.py")),
        (14, "file.written", {"path": "train.py"}),
        (15, "model.called", call("code:model.py", cached=True)),
        (16, "file.written", {"path": "model.py"}),
        (40, "stage.ended", {"stage": "coding"}),
        (40, "stage.started", {"stage": "repair"}),
        *round_of(41, compile=0, lint=4, smoke=1),
        *round_of(60, compile=0, lint=2, smoke=1),
        (70, "patch.tried", kept),
        (75, "model.called", call("debug:1")),
        (80, "patch.tried", rejected),
        *round_of(90, compile=0, lint=2, smoke=1),
        (99, "patch.tried", dropped),
        (100, "repair.stopped", {"word": "stagnated", "why": "nothing helps"}),
        (100, "stage.ended", {"stage": "repair"}),
    )


def hostile_outcome() -> Outcome:
    bad = finding(message=HOSTILE, rule=HOSTILE, path=HOSTILE, detail=HOSTILE + "x" * 1_000_000, fix=HOSTILE)
    bad_frame = Frame(HOSTILE, 3, HOSTILE, HOSTILE, locals={HOSTILE: HOSTILE})
    results = (
        CheckResult("smoke", "failed", (bad, finding(message="y" * 1_000_000, frames=(bad_frame,))), 1.0, HOSTILE),
        CheckResult("test", "skipped", note=HOSTILE),
    )
    diff = f"--- a/{HOSTILE}\n+++ b/x\n@@ -1 +1 @@\n-{HOSTILE}\n+{'z' * 1_000_000}\n"
    tried = Attempt(Patch(diff, HOSTILE, HOSTILE), "rejected", HOSTILE, "a")
    return outcome(why=HOSTILE, report=Report(results), attempts=(tried,), extra={"title": HOSTILE})


def hostile_events() -> list[Event]:
    told = {
        key: HOSTILE for key in ("stage", "name", "status", "path", "author", "verdict", "note", "diff", "word", "why")
    }
    names = (
        "stage.started",
        "file.written",
        "check.started",
        "check.ended",
        "patch.tried",
        "model.called",
        "repair.stopped",
    )
    return journal(*((at, name, {**told, "findings": [{"message": HOSTILE}]}) for at, name in enumerate(names)))


def plan(word: str = "") -> dict[str, Any]:
    """A plan as `plan.json` holds it; `word` is added to every text in it."""
    interface = {
        "classes": [
            {
                "name": "Net" + word,
                "bases": ["Base" + word],
                "summary": "the network" + word,
                "methods": [{"name": "fit", "signature": "fit(self, x) -> float" + word}],
            }
        ],
        "functions": [{"name": "build", "parameters": ["kind" + word], "returns": "Net" + word}],
    }
    none: dict[str, Any] = {"classes": [], "functions": []}
    return {
        "files": [
            {"path": "model.py" + word, "purpose": "The model." + word, "uses": [], "interface": interface},
            {"path": "main.py" + word, "purpose": "Runs." + word, "uses": ["model.py" + word], "interface": none},
        ],
        "values": [
            {"key": "train.steps" + word, "value": 10000, "place": "Section 2" + word, "quote": "10,000 steps" + word},
            {"key": "train.seed" + word, "value": None, "assumed": "the paper names none" + word},
        ],
        "overrides": [{"key": "train.steps" + word, "value": 50, "why": "seconds instead of hours" + word}],
        "calls": [{"caller": "main.py" + word, "callee": "Net.fit" + word, "what": "trains" + word}],
        "stand_ins": {"CIFAR" + word: "32 random images" + word},
        "data_sources": {"CIFAR" + word: "torchvision" + word},
        "contract": {"smoke": ["python main.py --smoke" + word], "full": ["python main.py" + word]},
    }

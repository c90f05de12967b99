"""What the supervisor says of a run, believed only with its authentication code, and in its form."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from p2c.errors import UnreadableTextError
from p2c.sandboxes.base import Command, ExecResult
from p2c.untrusted_text import load_json


@dataclass(frozen=True)
class RunRecord:
    """How a program ended: its result, what its recorder wrote, and the stacks dumped late or in a crash.

    `ended` says that the interpreter came to its own end, after the program's code had; a plain command, which no
    recorder sees, counts as ended. `left` are processes that it left at work, `cpu` the seconds of processor time that
    it had. `busy` says that the machine kept it waiting for a processor, `listens` are TCP ports at which it waited for
    connections when its time was over. `is_lost` means that nothing is known: whatever happened, it is no pass.
    """

    result: ExecResult
    data: Mapping[str, Any] = field(default_factory=dict)
    late: str = ""
    crash: str = ""
    ended: bool = True
    left: tuple[str, ...] = ()
    cpu: float = 0.0
    is_lost: bool = False
    busy: bool = False
    listens: tuple[int, ...] = ()

    @property
    def ok(self) -> bool:
        """It came to its end, with 0, and left nothing at work."""
        return self.result.ok and self.ended and not self.left and not self.is_lost and "left" not in self.data


def opened(data: bytes | None, key: str, count: int) -> list[dict[str, Any] | None]:
    """Return the supervisor's answers; None for each where the file is missing, forged or damaged."""
    code, _, body = (data or b"").partition(b"\n")
    expected = hmac.new(bytes.fromhex(key), body, hashlib.sha256).hexdigest().encode()
    if not hmac.compare_digest(code, expected):
        return [None] * count
    return list(load_json(body))


def recorded(result: ExecResult, command: Command, answer: dict[str, Any] | None, records: bool) -> RunRecord:
    """Put together how one program ended; `records` says that a recorder was to tell of it."""
    if answer is None:
        late = result.seconds >= command.timeout or result.timed_out
        lost = replace(result, command=command, timed_out=late and not result.oom_killed)
        return RunRecord(lost, ended=False, is_lost=True)
    code = answer["exit_code"]
    how = replace(
        result,
        command=command,
        exit_code=None if answer["timed_out"] or result.oom_killed else 128 - code if code < 0 else code,
        stdout=result.stdout or answer["stdout"],
        stderr=result.stderr or answer["stderr"],
        seconds=answer["seconds"],
        timed_out=answer["timed_out"],
    )
    data = _joined(answer["told"])
    return RunRecord(
        how,
        data,
        answer["late"],
        answer["crash"],
        ended=answer["ended"] or not records,
        left=tuple(answer["left"]),
        cpu=answer["cpu"],
        busy=answer["busy"],
        listens=tuple(answer["listens"]),
    )


def _joined(text: str) -> dict[str, Any]:
    """Join the lines that a recorder wrote; one that is not of its form is left out."""
    data: dict[str, Any] = {}
    for line in text.splitlines():
        record = read_json(line.encode()) or {}
        working = record.pop("working", None)
        if isinstance(working, dict) and _has(working, file=str, line=int, function=str):
            data.setdefault("working", []).append(working)
        data |= record if is_record(record) else {}
    return data


def read_json(data: bytes | None) -> dict[str, Any] | None:
    """Return the object in a text that a program may have forged: None for anything else."""
    try:
        value = load_json(data) if data else None
    except UnreadableTextError:
        return None
    return value if isinstance(value, dict) else None


def is_record(data: Mapping[str, Any]) -> bool:
    """Tell whether a line has the form that p2c's own files write: a program could write something else there."""
    errors = [data["error"]] if "error" in data else []
    lists = [data.get(name, []) for name in ("failures", "threads", "left_out", "skipped", "changed", "not_run")]
    if not all(isinstance(value, list) for value in lists):
        return False
    failures, threads, *names = lists
    tests = [item for item in failures if isinstance(item, dict) and _has(item, id=str, path=str, line=int, error=dict)]
    fine = len(tests) == len(failures) and all(map(_is_error, [*errors, *threads, *(item["error"] for item in tests)]))
    words = all(isinstance(name, str) for group in names for name in group)
    outcomes = [data.get(name, {}) for name in ("tests", "counts", "left", "answer")]
    return fine and words and all(isinstance(value, dict) for value in outcomes) and _is_way(data.get("left"))


def _is_way(data: Any) -> bool:
    """`left`: how a program left, and the calls that led there."""
    if data is None:
        return True
    if not _has(data, how=str, calls=list):
        return False
    return all(isinstance(call, dict) and _has(call, file=str, line=int, function=str) for call in data["calls"])


def _is_error(data: Any) -> bool:
    if not isinstance(data, dict) or not _has(data, type=str, message=str, frames=list, notes=list):
        return False
    frames = all(
        isinstance(frame, dict) and _has(frame, file=str, line=int, function=str, code=str, locals=dict)
        for frame in data["frames"]
    )
    syntax = data.get("syntax") is None or isinstance(data["syntax"], dict)
    return frames and syntax and (data.get("cause") is None or _is_error(data["cause"]))


def _has(data: Mapping[str, Any], **kinds: type) -> bool:
    return all(isinstance(data.get(key), kind) for key, kind in kinds.items())

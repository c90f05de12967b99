"""The sandbox as the checks use it: programs run, p2c's own files asked, texts tidied."""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from p2c.errors import SandboxError, UnreadableTextError
from p2c.executor import tidy
from p2c.sandboxes.base import Command, ExecResult, Places, Sandbox
from p2c.untrusted_text import load_json

OWN = ("witness.py", "recorder.py", "probe.py", "tester.py", "abreast.py")
"""What is copied into the sandbox and runs under the program's own Python."""


ABREAST = 8
"""Programs at once, where there are as many cores."""


MOST_DEATHS = 4
"""Files that the compiler may die of before the others are left."""


@dataclass(frozen=True)
class Job:
    """A program to record: the interpreter with its options; PATHS, MODE, TARGET and arguments; its seconds."""

    python: tuple[str, ...]
    words: tuple[str, ...]
    timeout: float


@dataclass(frozen=True)
class Recorded:
    """How a recorded run ended: its result, what the recorder wrote, and the stacks dumped late or in a crash."""

    result: ExecResult
    data: Mapping[str, Any]
    late: str = ""
    crash: str = ""


class Target:
    """One sandbox with p2c's files in it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._network = False
        sandbox.add({f"p2c/{name}": _own(name) for name in OWN})

    def online(self) -> Target:
        """Return the same sandbox, where each command has the network."""
        other = copy.copy(self)
        other._network = True
        return other

    @property
    def places(self) -> Places:
        """Paths as programs in the sandbox see them."""
        return self.sandbox.places

    @property
    def python(self) -> str:
        """The interpreter of the repository's environment."""
        return f"{self.places.environment}/bin/python"

    @property
    def uv(self) -> str:
        """The trusted uv."""
        return self.tool("uv")

    def tool(self, name: str) -> str:
        """Return the path of a trusted program."""
        return f"{self.places.tools}/bin/{name}"

    def own(self, name: str) -> str:
        """Return the path of one of p2c's own files inside."""
        return f"{self.places.scratch}/p2c/{name}"

    def run(self, argv: tuple[str, ...], timeout: float, env: Mapping[str, str] | None = None) -> ExecResult:
        """Run a command from the repository's root."""
        return self.sandbox.exec(Command(argv, timeout, env or {}, self._network))

    def ask(self, python: str, question: str, *names: str) -> dict[str, Any]:
        """Ask `probe.py` under an interpreter; raises SandboxError where it does not answer."""
        out = f"{self.places.scratch}/p2c/{uuid.uuid4().hex}.json"
        result = self.run((python, self.own("probe.py"), out, question, *names), 300.0)
        data = read_json(self.sandbox.get(out))
        if data is None:
            raise SandboxError(f"{python} in the sandbox did not answer: {self.tidy(result.stderr)[-500:]}")
        return data

    def compile(self, python: str, paths: Sequence[str]) -> dict[str, Any]:
        """Return what is wrong with each file that an interpreter does not compile, those among them that it dies of.

        Raises SandboxError where it dies without having begun with one.
        """
        left, dead = list(paths), dict[str, Any]()
        while len(dead) < MOST_DEATHS:
            out = f"{self.places.scratch}/p2c/{uuid.uuid4().hex}.json"
            result = self.run((python, self.own("probe.py"), out, "compile", *left), 300.0)
            data = read_json(self.sandbox.get(out))
            if data is not None:
                return {**data, **dead}
            begun = self._text(f"{out}.begun").split("\0")
            if len(begun) < 2 or begun[-2] not in left:
                raise SandboxError(f"{python} in the sandbox did not answer: {self.tidy(result.stderr)[-500:]}")
            left.remove(begun[-2])
            dead[begun[-2]] = _died("compiling it does not come to an end, or takes more memory than there is")
        return dead | {path: _died(f"it was not compiled: the compiler died of {MOST_DEATHS} others") for path in left}

    def record(
        self, python: tuple[str, ...], words: tuple[str, ...], timeout: float, env: Mapping[str, str]
    ) -> Recorded:
        """Run under the recorder; `words` are PATHS, MODE, TARGET and the arguments."""
        return self._recorded((*python, self.own("recorder.py")), words, timeout, env)

    def record_all(self, jobs: Sequence[Job]) -> list[Recorded]:
        """Run several under the recorder, side by side; alone again, where one may have been in another's way."""
        if len(jobs) < 2:
            return [self.record(job.python, job.words, job.timeout, {}) for job in jobs]
        outs = [f"{self.places.scratch}/p2c/{uuid.uuid4().hex}.json" for _ in jobs]
        commands = [
            Command(self._words((*job.python, self.own("recorder.py")), out, job.words, job.timeout), job.timeout)
            for job, out in zip(jobs, outs, strict=True)
        ]
        found = []
        for job, out, result in zip(jobs, outs, self._abreast(commands), strict=True):
            run = self._read(result, out) if result is not None else None
            settled = run is not None and not is_crossed(run)
            found.append(run if run and settled else self.record(job.python, job.words, job.timeout, {}))
        return found

    def _abreast(self, commands: Sequence[Command]) -> list[ExecResult | None]:
        """Run commands side by side; None stands for one of which it can't be said how it ended."""
        name = uuid.uuid4().hex
        asked = [{"argv": one.argv, "env": dict(one.env), "seconds": one.timeout} for one in commands]
        self.sandbox.add({f"p2c/{name}.jobs": json.dumps({"most": ABREAST, "jobs": asked}).encode()})
        place = f"{self.places.scratch}/p2c/{name}"
        # -S: what lies in the environment's site-packages is not started for this.
        argv = (self.python, "-I", "-S", self.own("abreast.py"), f"{place}.jobs", f"{place}.json")
        self.run(argv, sum(one.timeout for one in commands) + 30.0)
        ended = read_results(self.sandbox.get(f"{place}.json"), len(commands))
        return (
            [
                None if (how["exit_code"] or 0) < 0 else ExecResult(command, **how)
                for command, how in zip(commands, ended, strict=True)
            ]
            if ended
            else [None] * len(commands)
        )

    def record_tests(self, words: tuple[str, ...], timeout: float, env: Mapping[str, str]) -> Recorded:
        """Run pytest under `tester.py`; `words` are PATHS and pytest's arguments."""
        pytest = f"{self.places.tools}/pytest"
        return self._recorded((self.python, self.own("tester.py")), (pytest, *words), timeout, env)

    def _recorded(
        self, program: tuple[str, ...], words: tuple[str, ...], timeout: float, env: Mapping[str, str]
    ) -> Recorded:
        out = f"{self.places.scratch}/p2c/{uuid.uuid4().hex}.json"
        return self._read(self.run(self._words(program, out, words, timeout), timeout, env), out)

    def _words(self, program: tuple[str, ...], out: str, words: tuple[str, ...], timeout: float) -> tuple[str, ...]:
        limit = max(timeout * 0.8, timeout - 3.0)
        return (*program, out, self.places.repo, f"{limit:.3f}", *words)

    def _read(self, result: ExecResult, out: str) -> Recorded:
        data = read_json(self.sandbox.get(out)) or {}
        if not is_record(data):
            data = {}
        return Recorded(result, data, self._text(f"{out}.late"), self._text(f"{out}.crash"))

    def tidy(self, text: str) -> str:
        """Return a text without what is volatile."""
        return tidy.text(text, self.places)

    def _text(self, path: str) -> str:
        return (self.sandbox.get(path) or b"").decode("utf-8", "replace")


def _died(why: str) -> dict[str, Any]:
    return {"type": "NotCompiled", "msg": why, "lineno": None, "offset": None}


def read_json(data: bytes | None) -> dict[str, Any] | None:
    """Return the object in a file that a program may have forged: None for anything else."""
    try:
        found = load_json(data) if data else None
    except UnreadableTextError:
        return None
    return found if isinstance(found, dict) else None


CROSSED = frozenset(
    "OSError FileExistsError FileNotFoundError PermissionError BlockingIOError EOFError JSONDecodeError "
    "OperationalError BadZipFile UnpicklingError MemoryError".split()
)
"""What a program may end with because another one was at the same file, or at the memory."""


def is_crossed(run: Recorded) -> bool:
    """Tell whether a run may have failed only for what ran beside it."""
    error = run.data.get("error")
    return not run.result.ok and isinstance(error, dict) and str(error.get("type")).rpartition(".")[2] in CROSSED


def read_results(data: bytes | None, count: int) -> list[dict[str, Any]] | None:
    """Return how so many programs ended; None where the file is not what `abreast.py` writes."""
    try:
        found = load_json(data) if data else None
    except UnreadableTextError:
        return None
    if not isinstance(found, list) or len(found) != count:
        return None
    kinds = {"timed_out": bool, "seconds": float, "stdout": str, "stderr": str}
    fine = all(isinstance(one, dict) and {*one} == {*kinds, "exit_code"} and _has(one, **kinds) for one in found)
    return found if fine and all(isinstance(one["exit_code"], int | None) for one in found) else None


def is_record(data: Mapping[str, Any]) -> bool:
    """Tell whether a file has the form that p2c's own files write: a program could write something else there."""
    errors = [data["error"]] if "error" in data else []
    failures, threads = data.get("failures", []), data.get("threads", [])
    if not isinstance(failures, list) or not isinstance(threads, list):
        return False
    tests = [item for item in failures if isinstance(item, dict) and _has(item, id=str, path=str, line=int, error=dict)]
    return len(tests) == len(failures) and all(map(_is_error, [*errors, *threads, *(item["error"] for item in tests)]))


def _is_error(data: Any) -> bool:
    if not isinstance(data, dict) or not _has(data, type=str, message=str, frames=list, notes=list):
        return False
    frames = all(
        isinstance(one, dict) and _has(one, file=str, line=int, function=str, code=str, locals=dict)
        for one in data["frames"]
    )
    syntax = data.get("syntax") is None or isinstance(data["syntax"], dict)
    return frames and syntax and (data.get("cause") is None or _is_error(data["cause"]))


def _has(data: Mapping[str, Any], **kinds: type) -> bool:
    return all(isinstance(data.get(key), kind) for key, kind in kinds.items())


def _own(name: str) -> bytes:
    return files(__package__).joinpath(name).read_bytes()

"""The sandbox as the checks use it: programs run under the supervisor, texts tidied."""

from __future__ import annotations

import copy
import json
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from p2c.errors import SandboxError
from p2c.executor import normalization as tidy
from p2c.executor.run_records import RunRecord, opened, recorded
from p2c.sandboxes.base import Command, ExecResult, Places, Sandbox

SUPERVISOR, PROCESSES = "_p2c_supervisor", "_p2c_processes"
RECORDER = ("_p2c_exceptions", "_p2c_recorder")
TESTS = (*RECORDER, "_p2c_pytest")
PROBE = ("_p2c_probe",)
SIDE_BY_SIDE = 8
"""Programs at once, where there are as many cores."""
SLACK = 20.0
"""Seconds that the supervisor has beyond twice its programs' own, to end them and to say how they ended."""
NO_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": ""}
"""Compiled code is read only from where programs cannot write: a program could leave another's there."""


MOST_DEATHS = 4
"""Files that the compiler may die of before the others are left."""


@dataclass(frozen=True)
class Program:
    """A program: an interpreter with its options and what it runs (sources of p2c's own, with words for the last),
    or, without sources, a whole command line. `folder` is relative to the repository."""

    argv: tuple[str, ...]
    seconds: float
    entry: tuple[str, ...] = RECORDER
    words: tuple[str, ...] = ()
    env: Mapping[str, str] | None = None
    folder: str = ""


class InstrumentedSandbox:
    """One sandbox, with a supervisor between p2c and every program of the repository's."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._network = False
        self._env: dict[str, str] = {}

    def online(self) -> InstrumentedSandbox:
        """Return the same sandbox, where each command has the network."""
        other = copy.copy(self)
        other._network = True
        return other

    def adding(self, env: Mapping[str, str]) -> InstrumentedSandbox:
        """Return the same sandbox, where programs have these variables too and find in scratch what was added to it.

        Folders in PYTHONPATH come before those that a program's own command names.
        """
        other = copy.copy(self)
        other._env = dict(env)
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

    def find_python(self, spec: str = "") -> tuple[str, ...]:
        """Return the command that finds an interpreter, whatever `.python-version` or uv.toml the repository has."""
        return (self.uv, "python", "find", "--no-project", "--no-config", *(("--", spec) if spec else ()))

    def run(self, argv: tuple[str, ...], timeout: float, env: Mapping[str, str] | None = None) -> ExecResult:
        """Run a tool from the repository's root."""
        return self.sandbox.exec(Command(argv, timeout, env or {}, self._network))

    def ask(self, python: str, question: str, *names: str) -> dict[str, Any]:
        """Ask `_p2c_probe.py` under an interpreter; raises SandboxError where it does not answer."""
        (run,) = self._run_all([Program((python,), 300.0, PROBE, (question, *names))], inherit=False)
        answer = run.data.get("answer")
        if not run.ended or not isinstance(answer, dict):
            raise SandboxError(f"{python} in the sandbox did not answer: {self.tidy(run.result.stderr)[-500:]}")
        return answer

    def compile(self, python: str, paths: Sequence[str]) -> dict[str, Any]:
        """Return what is wrong with each file that an interpreter does not compile, those among them that it dies of.

        Raises SandboxError where it dies without having begun with one.
        """
        left, dead = list(paths), dict[str, Any]()
        while len(dead) < MOST_DEATHS:
            (run,) = self._run_all([Program((python,), 300.0, PROBE, ("compile", *left))], inherit=False)
            answer, begun = run.data.get("answer"), run.data.get("begun")
            if run.ended and isinstance(answer, dict):
                return {**answer, **dead}
            if begun not in left:
                raise SandboxError(f"{python} in the sandbox did not answer: {self.tidy(run.result.stderr)[-500:]}")
            left.remove(begun)
            dead[begun] = _died("compiling it does not come to an end, or takes more memory than there is")
        return dead | {path: _died(f"it was not compiled: the compiler died of {MOST_DEATHS} others") for path in left}

    def record(self, job: Program) -> RunRecord:
        """Run one program; its output is the result's."""
        (run,) = self._run_all([self._framed(job)], inherit=True)
        return run

    def record_all(self, jobs: Sequence[Program]) -> list[RunRecord]:
        """Run several under the recorder, side by side; alone again, where one may have been in another's way."""
        if len(jobs) < 2:
            return [self.record(job) for job in jobs]
        runs = self._run_all([self._framed(job) for job in jobs], inherit=False)
        return [
            self.record(job) if run.is_lost or (run.result.exit_code or 0) > 128 or is_crossed(run) else run
            for job, run in zip(jobs, runs, strict=True)
        ]

    def record_tests(self, job: Program) -> RunRecord:
        """Run pytest; the job's words are PATHS and pytest's arguments."""
        paths, *arguments = job.words
        words = (paths, f"{self.places.tools}/pytest", f"{test_seconds(job.seconds):g}", *arguments)
        return self.record(replace(job, argv=(self.python,), entry=TESTS, words=words))

    def _framed(self, job: Program) -> Program:
        """Give the recorder the repository's root, and the moment at which it is to dump all stacks."""
        if not job.entry:
            return job
        limit = max(job.seconds * 0.8, job.seconds - 3.0)
        return replace(job, words=(self.places.repo, f"{limit:.3f}", *job.words))

    def _run_all(self, jobs: Sequence[Program], inherit: bool) -> list[RunRecord]:
        key, name, out = secrets.token_hex(32), uuid.uuid4().hex, uuid.uuid4().hex
        own = f"{self.places.scratch}/{name}"
        asks = all(job.entry == PROBE for job in jobs)
        order = {
            "key": key,
            "out": f"{self.places.scratch}/{out}",
            "clean": "" if asks or self._env else self.places.scratch,
            "most": SIDE_BY_SIDE,
            "processes": _source(PROCESSES),
            "sources": {entry: _source(entry) for job in jobs for entry in job.entry},
            "jobs": [self._plain(job, inherit) for job in jobs],
        }
        self.sandbox.add({f"{name}.py": _source(SUPERVISOR).encode(), f"{name}.json": json.dumps(order).encode()})
        argv = (self.tool("python"), "-I", "-S", f"{own}.py", f"{own}.json")
        total = 2 * sum(job.seconds for job in jobs) + SLACK
        result = self.sandbox.exec(Command(argv, total, {}, self._network))
        answers = opened(self.sandbox.get(f"{self.places.scratch}/{out}"), key, len(jobs))
        return [
            recorded(result, Command(job.argv, job.seconds, job.env or {}), answer, bool(job.entry))
            for job, answer in zip(jobs, answers, strict=True)
        ]

    def _plain(self, job: Program, inherit: bool) -> dict[str, Any]:
        folder = f"{self.places.repo}/{job.folder}" if job.folder else self.places.repo
        env = {**NO_BYTECODE, **(job.env or {})}
        own = env.get("PYTHONPATH", "")
        env |= self._env
        if own and "PYTHONPATH" in self._env:
            env["PYTHONPATH"] += f":{own}"
        return {
            "argv": job.argv,
            "entry": job.entry,
            "words": job.words,
            "env": env,
            "folder": folder,
            "seconds": job.seconds,
            "inherit": inherit,
        }

    def tidy(self, text: str) -> str:
        """Return a text without what is volatile."""
        return tidy.text(text, self.places)


def test_seconds(seconds: float) -> float:
    """Return what one test may take of the time for all: a fifth, and up to a minute where that is less."""
    return max(seconds / 5, min(seconds, 60.0))


def _died(why: str) -> dict[str, Any]:
    return {"type": "NotCompiled", "msg": why, "lineno": None, "offset": None}


CROSSED = frozenset(
    "OSError FileExistsError FileNotFoundError PermissionError BlockingIOError EOFError JSONDecodeError "
    "OperationalError BadZipFile UnpicklingError MemoryError".split()
)
"""What a program may end with because another one was at the same file, or at the memory."""


def is_crossed(run: RunRecord) -> bool:
    """Tell whether a run may have failed only for what ran beside it."""
    error = run.data.get("error")
    return not run.result.ok and isinstance(error, dict) and str(error.get("type")).rpartition(".")[2] in CROSSED


def no_option(path: str) -> str:
    """Return a repository's file as an argument that no tool takes for an option, or for a file of options (`@x`)."""
    return f"./{path}"


def _source(name: str) -> str:
    return files("p2c.executor.in_sandbox").joinpath(f"{name}.py").read_text(encoding="utf-8")

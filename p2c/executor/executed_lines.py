"""Which lines of a repository its smoke commands and tests execute: a hint that no verdict is decided by.

The programs themselves write down what they executed, so it can be forged. It is used in one way only: evidence that a
judge cites counts for less where its lines were not executed. A forged line leaves what the judge said.
"""

from __future__ import annotations

import ast
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any

from p2c.errors import InputError
from p2c.executor import command_lines, module_layout
from p2c.executor.checks import smoke
from p2c.executor.checks.base import CheckContext, CheckRequest
from p2c.executor.instrumented_sandbox import InstrumentedSandbox, Program
from p2c.executor.run_records import RunRecord
from p2c.executor.runner import run_checks
from p2c.journal import Journal
from p2c.python_source import parse
from p2c.repo import Repo
from p2c.sandboxes.base import Sandbox

SOURCE = "_p2c_lines"
LARGEST = 16_000_000
"""Bytes of what programs wrote that are read."""
SLOWER = 3.0
"""How much longer a traced program may take: without `sys.monitoring` (before Python 3.12) each line costs a call."""
HALF = 0.5
"""The share of the cited statements that has to be executed: where a branch or an early return skips most, they
are dead."""
_LINE = re.compile(r"([^\n:]+):(\d{1,7})")


@dataclass(frozen=True)
class ExecutedLines:
    """Line numbers by path. Where a traced program did not come to its end, nothing is said of lines that are missing;
    `notes` say so."""

    lines: Mapping[str, frozenset[int]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    complete: bool = False

    def ran(self, path: str, text: str, start: int, end: int) -> bool | None:
        """Return whether the statements at these lines were executed; None where that can't be told.

        Statements in functions count before those that an import executes anyway.
        """
        tree = parse(text) if path.endswith(".py") and self.lines else None
        if tree is None:
            return None
        inner, outer = _statements(tree, start, end)
        chosen = inner or outer
        if not chosen:
            return None
        here = self.lines.get(path, frozenset())
        share = sum(not here.isdisjoint(range(first, last + 1)) for first, last in chosen) / len(chosen)
        return True if share >= HALF else False if self.complete else None

    def to_data(self) -> dict[str, Any]:
        """Return it JSON-able."""
        lines = {path: sorted(numbers) for path, numbers in self.lines.items()}
        return {"lines": lines, "notes": list(self.notes), "complete": self.complete}


def lines_from_data(data: Any) -> ExecutedLines:
    """Read back what `to_data` wrote; raises ValueError for anything else."""
    try:
        lines = {str(path): frozenset(map(int, numbers)) for path, numbers in data["lines"].items()}
        return ExecutedLines(lines, tuple(map(str, data["notes"])), bool(data["complete"]))
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not executed lines: {error}") from error


def measure(
    repo: Repo, request: CheckRequest, sandbox: Sandbox, go_on: Callable[[], None] = lambda: None
) -> ExecutedLines:
    """Install, then run the smoke commands and the tests once more, traced. Raises what `run_checks` raises."""
    only = replace(request, only=frozenset({"install"}), skip=frozenset())
    done = run_checks(repo, only, sandbox, Journal(), go_on)
    if done.report.status("install") != "passed":
        return ExecutedLines(notes=("no lines were traced: the requirements could not be installed",))
    name = uuid.uuid4().hex
    sandbox.add({f"{name}/sitecustomize.py": _source().encode()})
    scratch = sandbox.places.scratch
    place = f"{scratch}/{name}.lines"
    env = {"PYTHONPATH": f"{scratch}/{name}", "P2C_LINES": place, "P2C_ROOT": sandbox.places.repo}
    contract = replace(request.contract, timeout=SLOWER * request.contract.timeout)
    own = module_layout.without(repo, contract.exclude)
    work = CheckContext(own, replace(request, contract=contract), InstrumentedSandbox(sandbox).adding(env), repo)
    failed = tuple(_run_all(work, go_on))
    record = sandbox.get(place) or b""
    if not record:
        return ExecutedLines(notes=("no lines were traced: no Python program told of any",))
    return ExecutedLines(read_lines(record, repo), failed, not failed)


def _run_all(work: CheckContext, go_on: Callable[[], None]) -> Iterator[str]:
    """Run everything; yield what did not come to its end."""
    sandbox = work.target.sandbox
    sandbox.put(smoke.without_artifacts(work.whole, work.request.contract.artifacts))
    try:
        lines: Sequence[command_lines.PreparedCommand] = command_lines.prepared(work.request.contract, work.repo)
    except InputError:
        lines = ()
    for line in lines:
        go_on()
        if not smoke.run_line(work, line).result.ok:
            yield f"traced, {line.line!r} did not come to its end"
    if any(module_layout.is_test(path) and not path.endswith("conftest.py") for path in work.repo.python_files()):
        go_on()
        sandbox.put(work.whole)
        run = smoke.test_run(work, Program((), max(work.request.contract.timeout, 300.0)))
        if not _came_to_its_end(run):
            yield "traced, the tests did not come to their end"


def _came_to_its_end(run: RunRecord) -> bool:
    """A test that fails because it is slower now has executed its lines all the same."""
    return run.result.exit_code in (0, 1)


def read_lines(record: bytes, repo: Repo) -> dict[str, frozenset[int]]:
    """Return the lines that a repository has, of what its programs wrote."""
    executed: dict[str, set[int]] = {}
    length = {path: text.count("\n") + 1 for path, text in repo.files.items()}
    for row in record[:LARGEST].decode("utf-8", "surrogateescape").split("\n"):
        match = _LINE.fullmatch(row)
        if match and 1 <= int(match[2]) <= length.get(match[1], 0):
            executed.setdefault(match[1], set()).add(int(match[2]))
    return {path: frozenset(numbers) for path, numbers in executed.items()}


Span = tuple[int, int]


def _statements(tree: ast.Module, start: int, end: int) -> tuple[list[Span], list[Span]]:
    """Return the simple statements that overlap these lines, those in functions apart, and heads where that is all."""
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for top in node.body
        for part in ast.walk(top)
    }
    inner: list[Span] = []
    outer: list[Span] = []
    heads: list[Span] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or _is_text(node):
            continue
        body = getattr(node, "body", None) or getattr(node, "cases", None)
        last = node.end_lineno or node.lineno
        span = (node.lineno, _head_end(node, body)) if body else (node.lineno, last)
        if span[0] > end or span[1] < start:
            continue
        if body:
            heads += [span] if id(node) in inside else []
        elif not isinstance(node, ast.Global | ast.Nonlocal | ast.Pass):
            (inner if id(node) in inside else outer).append(span)
    return inner or heads, outer


def _head_end(node: ast.stmt, body: Sequence[ast.AST]) -> int:
    first: int = getattr(body[0], "lineno", node.lineno + 1)  # a case of a match has no line of its own
    return max(node.lineno, first - 1)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _source() -> str:
    return files("p2c.executor.in_sandbox").joinpath(f"{SOURCE}.py").read_text(encoding="utf-8")

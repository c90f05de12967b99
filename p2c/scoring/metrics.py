"""What no model is asked: promises kept, numbers that are the paper's, what the run left, code and stubs counted."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from p2c import git_history, python_source
from p2c.errors import InputError
from p2c.executor.checks import design, provenance
from p2c.executor.entry_points import discover
from p2c.executor.module_layout import is_test
from p2c.executor.report import Finding
from p2c.generator.plan import Plan
from p2c.generator.serialization import plan_from_data
from p2c.repair.guards.stubbed_code import is_stub
from p2c.repo import Repo
from p2c.reports.stored import parse_document
from p2c.run_contract import Interface
from p2c.scoring.file_ranking import code_of
from p2c.state_folder import STATE, StateFolder
from p2c.untrusted_text import load_json

_CLAIM = re.compile(r"#\s*paper\s*:", re.IGNORECASE)
_TODO = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
_EXCUSES = frozenset({"abstractmethod", "overload", "abstractproperty"})


@dataclass(frozen=True)
class Promises:
    """Of the files, classes, functions and methods that the plan promises with their parameters, those that hold."""

    promised: int
    kept: int
    broken: tuple[str, ...] = ()


@dataclass(frozen=True)
class Provenance:
    """Configured numbers that are said to be the paper's (`# paper: ...`), and those that it does not have."""

    claimed: int
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Smoke:
    """What the last report says. `current`: the folder is as p2c left it then; None where that can't be told."""

    verdict: str
    checks: dict[str, str]
    artifacts: tuple[str, ...] = ()
    current: bool | None = None

    @property
    def left(self) -> bool:
        """The smoke run ended well and left what the contract names (the check demands it)."""
        return self.checks.get("smoke") == "passed"


@dataclass(frozen=True)
class Size:
    """Counted in code that is the repository's own: files and lines that hold code, functions, and those that do
    nothing; tests apart."""

    files: int
    lines: int
    test_lines: int
    functions: int
    stubs: tuple[str, ...] = ()
    todos: tuple[str, ...] = ()


@dataclass(frozen=True)
class Metrics:
    """All that is computed; None where there is nothing to compute it from. `notes` say what was damaged."""

    promises: Promises | None
    provenance: Provenance
    smoke: Smoke | None
    size: Size
    notes: tuple[str, ...] = field(default=())

    def to_data(self) -> dict[str, Any]:
        """Return it JSON-able, with the shares that are worked out."""
        data = asdict(self)
        if self.promises:
            data["promises"]["share"] = _share(self.promises.kept, self.promises.promised)
        data["provenance"]["share"] = _share(
            self.provenance.claimed - len(self.provenance.wrong), self.provenance.claimed
        )
        if self.smoke:
            data["smoke"]["left"] = self.smoke.left
        data["size"]["stub_share"] = _share(len(self.size.stubs), self.size.functions)
        return data


def compute(root: Path, repo: Repo, paper: str) -> Metrics:
    """Compute everything from the folder, the repository in it and the paper's text."""
    notes: list[str] = []
    plan = _plan(root, notes)
    return Metrics(
        _promises(repo, plan) if plan else None,
        _provenance(repo, paper),
        _smoke(root, repo, notes),
        size_of(repo),
        tuple(notes),
    )


def checks_text(smoke: Smoke | None) -> str:
    """Return what a judge is told of the report: words that no clock and no machine changes."""
    if smoke is None:
        return ""
    rows = [f"verdict: {smoke.verdict}", *(f"{name}: {status}" for name, status in smoke.checks.items())]
    rows += [f"left by the smoke run: {', '.join(smoke.artifacts)}"] if smoke.left and smoke.artifacts else []
    rows += ["the files have changed since"] if smoke.current is False else []
    return "\n".join(rows)


def _plan(root: Path, notes: list[str]) -> Plan | None:
    try:
        data = _own(root, "plan.json")
        return plan_from_data(load_json(data.decode("utf-8", "surrogateescape"))) if data is not None else None
    except (InputError, ValueError) as error:
        notes.append(f"the plan in {STATE}/plan.json is not used: {error}")
        return None


def _own(root: Path, name: str) -> bytes | None:
    """Return what p2c itself left; raises InputError for what came with the folder, None where there is nothing."""
    entry = StateFolder(root).look(name)
    if entry is not None and not entry.ours:
        raise InputError(f"{STATE}/{name} was not written by your p2c in this folder")
    return entry.data if entry is not None else None


def _promises(repo: Repo, plan: Plan) -> Promises:
    kept = promised = 0
    broken: dict[str, None] = {}
    for spec in plan.files:
        for single in _singles(spec.interface):
            findings = design.check(repo, {spec.path: single})
            promised += 1
            kept += not findings
            broken.update(dict.fromkeys(f"{spec.path}: {finding.message}" for finding in findings))
    return Promises(promised, kept, tuple(broken))


def _singles(interface: Interface) -> Iterator[Interface]:
    """Yield the promise of the file itself, then of each thing in it."""
    yield Interface()
    for function in interface.functions:
        yield Interface(functions=(function,))
    for promised in interface.classes:
        bare = type(promised)(promised.name, promised.bases)
        yield Interface(classes=(bare,))
        for method in promised.methods:
            yield Interface(classes=(type(promised)(promised.name, promised.bases, (method,)),))


def _provenance(repo: Repo, paper: str) -> Provenance:
    rows = [row for path, text in repo.files.items() if path.endswith((".yaml", ".yml")) for row in text.split("\n")]
    wrong = tuple(_finding_text(finding) for finding in provenance.check(repo, paper))
    return Provenance(sum(bool(_CLAIM.search(row)) for row in rows), wrong)


def _finding_text(finding: Finding) -> str:
    return f"{finding.path}:{finding.line}: {finding.message}"


def _smoke(root: Path, repo: Repo, notes: list[str]) -> Smoke | None:
    try:
        data = _own(root, "report.json")
        if data is None:
            return None
        document = parse_document(data, root / STATE / "report.json")
        artifacts = discover(repo).artifacts
    except InputError as error:
        notes.append(f"the report is not used: {error.message}")
        return None
    checks = {str(check["name"]): str(check["status"]) for check in document["checks"]}
    return Smoke(str(document["verdict"]), checks, artifacts, _is_current(root))


def _is_current(root: Path) -> bool | None:
    """Whether the folder is what p2c delivered: its last commit, and nothing changed since."""
    return git_history.is_as_published(root)


def size_of(repo: Repo) -> Size:
    """Count the code of a repository, its stubs and its open ends."""
    code = code_of(repo)
    own = {path: text for path, text in code.items() if not is_test(path)}
    functions = [(path, node, owner) for path, text in own.items() for node, owner in _functions(text)]
    stubs = tuple(f"{path}:{node.lineno} {node.name}" for path, node, owner in functions if _does_nothing(node, owner))
    todos = tuple(
        f"{path}:{number}"
        for path, text in own.items()
        for number, row in enumerate(text.split("\n"), 1)
        if _TODO.search(row)
    )
    lines = sum(_lines(text) for text in own.values())
    tests = sum(_lines(text) for path, text in code.items() if is_test(path))
    return Size(len(own), lines, tests, len(functions), stubs, todos)


def _lines(text: str) -> int:
    return sum(bool(row.strip()) and not row.lstrip().startswith(("#", "//")) for row in text.split("\n"))


Func = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(text: str) -> Iterator[tuple[Func, ast.ClassDef | None]]:
    """Yield each function with the class that it is directly in."""
    tree = python_source.parse(text)
    for node in ast.walk(tree) if tree else ():
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Func):
                yield child, node if isinstance(node, ast.ClassDef) else None


def _does_nothing(node: Func, owner: ast.ClassDef | None) -> bool:
    """Whether a function only passes or refuses to work; one that returns a constant may mean it."""
    marks = {
        python_source.dotted(d.func if isinstance(d, ast.Call) else d).rpartition(".")[2] for d in node.decorator_list
    }
    bases = {python_source.dotted(base).rpartition(".")[2] for base in owner.bases} if owner else set()
    returns = any(isinstance(child, ast.Return) and child.value is not None for child in node.body)
    return not marks & _EXCUSES and "Protocol" not in bases and not returns and is_stub(node)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None

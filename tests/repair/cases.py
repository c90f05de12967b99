"""Broken repositories as cases: read from their folders, checked, repaired and judged by their oracles in a sandbox.

A case is a folder with `repo/` (what is broken), `oracle/` (pytest, never shown to the repair), `fix.patch` (one true
cure) and `expect.toml` (or `case.toml`): title, kinds, needs_model, expect_before (an exception, `install`, `timeout`,
`exit`, or the oracle test that fails), smoke (the documented command), model (the file that a gutted repository lacks).
"""

from __future__ import annotations

import ast
import tomllib
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from p2c.budget import Budget, SpendingLimits
from p2c.executor.entry_points import discover
from p2c.executor.report import Report
from p2c.executor.runner import CheckRequest, run_checks
from p2c.journal import Journal
from p2c.models import equip_model
from p2c.models.base import Model
from p2c.pipeline.repair_folder import FolderRequest, check_folder, repair_folder
from p2c.pipeline.verify import RepairResult
from p2c.repair.case import Strategy
from p2c.repair.debugger import DebugOptions, make_debugger
from p2c.repair.fixers import FIXERS
from p2c.repair.patch import apply_patch
from p2c.repair.release_dates import make_era
from p2c.repo import Repo, read
from p2c.sandboxes import open_sandbox
from p2c.sandboxes.base import Command, Sandbox
from p2c.sandboxes.options import SandboxOptions
from p2c.session import Session

REPOS = Path(__file__).parents[1] / "repos"
SHARED = "running.py"
ORACLE_SECONDS = 300.0
_PYTEST = "import sys; sys.path.append(sys.argv.pop(1)); import pytest; sys.exit(pytest.main(sys.argv[1:]))"
_MEANT = {
    "install": ("install",),
    "timeout": ("Timeout", "ImportTimeout"),
    "exit": ("SystemExit", "ended itself"),
    "ImportError": ("ImportError", "ModuleNotFoundError"),
    "ModuleNotFoundError": ("ModuleNotFoundError", "MissingRequirement"),
    "NameError": ("NameError", "F821"),
    "SyntaxError": ("SyntaxError", "TabError", "IndentationError", "NulBytes", "Python2"),
}
"""What words of `expect_before` mean where a finding says it in other ones, or more exactly."""


@dataclass(frozen=True)
class RepoCase:
    """One case; `timeout` is for each command, in seconds."""

    folder: Path
    title: str
    kinds: tuple[str, ...]
    needs_model: bool
    expect_before: str
    smoke: str
    model: str
    timeout: float

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def runs(self) -> tuple[str, ...]:
        """The command that a person names: what the sandbox could not try counts as broken only where one did."""
        return (self.smoke,) if {"download", "argparse-required"}.intersection(self.kinds) else ()

    @property
    def broken(self) -> Repo:
        """What is to be repaired."""
        return read(self.folder / "repo")

    @property
    def cure(self) -> str:
        """The diff of one true cure."""
        return (self.folder / "fix.patch").read_bytes().decode("utf-8", "surrogateescape")

    @property
    def fixed(self) -> Repo:
        """The repository with that cure applied."""
        return apply_patch(self.cure, self.broken)

    @property
    def oracle(self) -> dict[str, str]:
        """The oracle's files, with what the oracles of this project share beside them."""
        files = {f"oracle/{path}": text for path, text in read(self.folder / "oracle").files.items()}
        shared = self.folder.parent / SHARED
        return {f"oracle/{SHARED}": shared.read_text(encoding="utf-8"), **files} if shared.is_file() else files

    def meets(self, report: Report) -> bool:
        """The report says what is expected of the broken repository."""
        words = _MEANT.get(self.expect_before, (self.expect_before,))
        told = [f"{f.check}\n{f.rule}\n{f.message}\n{f.detail}" for f in report.gating]
        return any(word in text for word in words for text in told)


def read_case(folder: Path) -> RepoCase:
    """Read a case from its folder."""
    name = next(name for name in ("expect.toml", "case.toml") if (folder / name).is_file())
    data = tomllib.loads((folder / name).read_text(encoding="utf-8"))
    return RepoCase(
        folder.resolve(),
        str(data["title"]),
        tuple(data["kinds"]),
        bool(data["needs_model"]),
        str(data["expect_before"]),
        str(data["smoke"]),
        str(data.get("model", "model.py")),
        float(data.get("timeout", 60)),
    )


def read_cases(folder: Path = REPOS) -> tuple[RepoCase, ...]:
    """Read all cases of a folder, by name."""
    found = sorted(path for path in folder.iterdir() if (path / "repo").is_dir())
    return tuple(read_case(path) for path in found)


def gutted(repo: Repo, path: str) -> Repo:
    """Return the repository with every function body of one file replaced by `return None`."""
    tree = ast.parse(repo.files[path])
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [ast.Return(ast.Constant(None))]
    return repo.with_files({path: ast.unparse(ast.fix_missing_locations(tree)) + "\n"})


@dataclass
class Workbench:
    """One sandbox for each version of Python that is asked for, opened at its first use and used for many cases."""

    backend: str = "local"
    skip: frozenset[str] = frozenset({"types"})
    _sandboxes: dict[str, Sandbox] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Workbench:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def check(self, case: RepoCase, repo: Repo, folder: Path) -> Report:
        """Do what `p2c check` does; `folder` is empty and is given the repository."""
        repo.write(folder)
        return check_folder(self._request(case, folder), self._session(repo)).report

    def repair(self, case: RepoCase, folder: Path, model: Model | None = None) -> RepairResult:
        """Do what `p2c repair` does, in place; without a model the fixers alone."""
        case.broken.write(folder)
        session = self._session(case.broken, folder, model)
        strategies: tuple[Strategy, ...] = (*FIXERS, make_era(session))
        if session.model is not None:
            strategies = (*strategies, make_debugger(session, DebugOptions()))
        return repair_folder(self._request(case, folder), strategies, session)[0]

    def ask_oracle(self, case: RepoCase, repo: Repo) -> str:
        """Return the empty string where the oracle passes in the repository's own environment, else what failed."""
        contract = discover(repo)
        sandbox = self.sandbox(contract.python)
        asked = CheckRequest(contract, only=frozenset({"install"}))
        report = run_checks(repo, asked, sandbox, Journal()).report
        if report.status("install") != "passed":
            return "install: " + "; ".join(finding.message for finding in report.gating)
        inside = {f"repo/{path}": text for path, text in repo.files.items()}
        assets = {f"repo/{path}": place for path, place in repo.assets.items()}
        sandbox.put(Repo({**inside, **case.oracle}, assets))
        places = sandbox.places
        options = ("-q", "-x", "-p", "no:cacheprovider", "--rootdir", f"{places.repo}/oracle", "oracle")
        argv = (f"{places.environment}/bin/python", "-c", _PYTEST, f"{places.tools}/pytest", *options)
        smoke = case.smoke or next(iter(contract.smoke), "")
        env = {"CASE_REPO": f"{places.repo}/repo", "CASE_SMOKE": smoke, "CASE_TIMEOUT": str(case.timeout)}
        done = sandbox.exec(Command(argv, ORACLE_SECONDS, {**env, "PYTHONDONTWRITEBYTECODE": "1"}))
        return "" if done.ok else f"{done.exit_code}: {done.stdout[-3000:]}{done.stderr[-1000:]}"

    def _request(self, case: RepoCase, folder: Path) -> FolderRequest:
        return FolderRequest(folder, case.runs, timeout=case.timeout, skip=self.skip)

    def _session(self, repo: Repo, folder: Path | None = None, model: Model | None = None) -> Session:
        journal, budget = Journal(), Budget(SpendingLimits(attempts=30))
        if model is not None and folder is not None:
            model = equip_model(model, folder / ".p2c" / "replies", budget, journal)
        return Session(model, self.sandbox(discover(repo).python), journal, budget)

    def sandbox(self, python: str = "") -> Sandbox:
        """Return the sandbox of this version of Python; raises UnavailableError where there can be none."""
        if python not in self._sandboxes:
            sandbox = open_sandbox(self.backend, SandboxOptions(python=python))
            self._stack.callback(sandbox.close)
            self._sandboxes[python] = sandbox
        return self._sandboxes[python]

"""One folder through the gate: its checks, with notebooks if asked, or what was found when nothing had changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from p2c.executor import notebooks
from p2c.executor.entry_points import discover
from p2c.executor.report import CheckResult, Finding, Report
from p2c.executor.runner import CheckRequest, run_checks
from p2c.repo import Repo
from p2c.repository_files import read
from p2c.run_contract import RunContract
from p2c.session import Session

DYNAMIC = frozenset({"import", "smoke", "test"})
"""The checks that run the repository."""


@dataclass(frozen=True)
class GateRequest:
    """What is asked of every folder; `runs` are commands that replace the contract's, `timeout` is in seconds."""

    runs: tuple[str, ...] = ()
    only: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()
    timeout: float | None = None
    types_gate: bool = False
    notebooks: bool = False
    allow_network: bool = False

    @property
    def done(self) -> frozenset[str]:
        """The checks that run the repository, as far as they are asked for, or those named."""
        return (self.only or DYNAMIC) - self.skip


@dataclass(frozen=True)
class CheckTarget:
    """A folder as it was read, what is asked of it, and the notebooks' scripts in it."""

    repo: Repo
    request: CheckRequest
    scripts: tuple[notebooks.Script, ...] = ()
    tree: str = ""
    """The digest of the folder's own files, without the scripts."""

    @property
    def contract(self) -> RunContract:
        """How it is run."""
        return self.request.contract


def read_candidate(root: Path, asked: GateRequest) -> CheckTarget:
    """Read a folder; raise InputError for one that is none, or whose contract cannot be read."""
    repo = read(root)
    contract = discover(repo, asked.runs)
    if asked.timeout is not None:
        contract = replace(contract, timeout=asked.timeout)
    scripts, tree = notebooks.scripts(repo) if asked.notebooks else (), repo.digest
    repo, contract = notebooks.added(repo, contract, scripts)
    request = CheckRequest(
        contract, only=asked.only, skip=asked.skip, types_gate=asked.types_gate, allow_network=asked.allow_network
    )
    return CheckTarget(repo, request, scripts, tree)


def check(candidate: CheckTarget, asked: GateRequest, session: Session) -> Report:
    """Run the checks; nothing in the folder is changed."""
    report = run_checks(
        candidate.repo, candidate.request, session.sandbox, session.journal, session.budget.check_time
    ).report
    if not asked.notebooks:
        return _with_hint(report, candidate.repo)
    return _with_unreadable(notebooks.with_notebook_locations(report, candidate.scripts), candidate.repo)


def name_of(candidate: CheckTarget, about: str) -> str:
    """Return what is asked of which files, as a text of which every difference counts; `about` is what else does."""
    request = candidate.request
    asked = [sorted(request.only), sorted(request.skip), request.types_gate, request.allow_network, request.contract]
    left_out = sorted(candidate.repo.left_out.items())
    return repr((candidate.repo.digest, [*asked, left_out], about))


def _with_hint(report: Report, repo: Repo) -> Report:
    """Tell of notebooks where nothing else was found to run."""
    count = len(notebooks.scripts(repo))
    hint = f"; --notebooks runs the code of {count} notebook{'s' * (count > 1)}"
    return Report(tuple(replace(r, note=r.note + hint) if count and _no_command(r) else r for r in report.results))


def _no_command(result: CheckResult) -> bool:
    return result.check == "smoke" and result.status == "skipped" and result.note.startswith("no command")


def _with_unreadable(report: Report, repo: Repo) -> Report:
    unread = (*notebooks.unreadable(repo), *notebooks.not_run(repo))
    return Report(tuple(_more(result, unread) if result.check == "compile" else result for result in report.results))


def _more(result: CheckResult, findings: tuple[Finding, ...]) -> CheckResult:
    status = "failed" if any(finding.gates for finding in findings) else result.status
    return replace(result, findings=(*result.findings, *findings), status=status)

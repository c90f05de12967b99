"""Cases for fixers: a repository, and findings as the checks make them."""

from __future__ import annotations

from collections.abc import Mapping

from p2c.executor.report import CheckResult, Finding, Frame, Report
from p2c.repair.case import Case, Strategy
from p2c.repair.guards import Scope
from p2c.repair.loop import AcceptancePolicy, try_patch
from p2c.repair.patch import apply_patch
from p2c.repo import Repo
from p2c.run_contract import RunContract


def case(files: Mapping[str, str], *findings: Finding, smoke: str = "python main.py") -> Case:
    """Return a broken case with these findings, each in the result of its check."""
    names = dict.fromkeys(finding.check for finding in findings)
    results = [
        CheckResult(name, "failed" if any(f.gates for f in found) else "passed", found)
        for name in names
        for found in [tuple(f for f in findings if f.check == name)]
    ]
    return Case(Repo(files), Report(tuple(results)), RunContract(smoke=(smoke,)))


def error(
    rule: str, message: str, path: str = "main.py", line: int = 1, code: str = "", check: str = "smoke"
) -> Finding:
    """Return an exception of a run, raised at this line of the repository."""
    return Finding(check, rule, message, path, line, frames=(Frame(path, line, "main", code),))


def cured(fix: Strategy, made: Case) -> dict[str, str]:
    """Return the files after the fixer's patch, applied as the loop applies it; {} where the fixer was silent."""
    patch = fix(made)
    if patch is None:
        return {}
    tried = try_patch(
        patch,
        made,
        AcceptancePolicy(lambda _: Report((CheckResult("smoke", "passed"),)), Scope(contract=made.contract)),
    )
    assert tried.attempt.verdict == "kept", f"a rule of p2c's own is never refused: {tried.attempt.note}"
    return dict(apply_patch(patch.diff, made.repo).files)

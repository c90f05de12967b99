"""A folder that runs is worked on for fidelity to a paper: p2c's own build, or anybody's code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from p2c import state_folder
from p2c.errors import InputError
from p2c.executor.report import what_ran
from p2c.executor.runner import CheckRequest, CheckRun
from p2c.generator.inventory import take_inventory
from p2c.generator.paper import Paper
from p2c.generator.plan import Plan
from p2c.generator.serialization import plan_from_data
from p2c.git import folder_status
from p2c.pipeline.fidelity.loop import KeptPatch
from p2c.pipeline.fidelity.pursuit import Pursuit, pursue, unpursued
from p2c.pipeline.repair_folder import FolderRequest, RepairState, check_request, contract_of
from p2c.pipeline.verify import Checker, RepairResult
from p2c.repair.case import Case
from p2c.repair.guards import Scope
from p2c.repair.loop import StopReason
from p2c.repair.patch import diff_repos
from p2c.repo import Repo
from p2c.repository_files import as_read
from p2c.run_contract import Interface
from p2c.session import Session


@dataclass(frozen=True)
class RefineRequest:
    """A folder, its paper, how many rounds at most, and how many tokens the judge reads."""

    folder: FolderRequest
    paper: Paper
    rounds: int = 3
    context: int | None = None


def refine(request: RefineRequest, session: Session) -> tuple[RepairResult, str]:
    """Work for fidelity in a folder that is proved to run; return the result and the whole change as one diff.

    Nothing is written before the end: then each patch of the state that is proved is written, in a git checkout as a
    commit. Killed and started again it begins from the original, with the replies and reports it has.
    """
    folder, root = request.folder, request.folder.root
    writing = RepairState.open(folder)

    def lasting(state: Repo) -> Repo:
        """A new file that git ignores would be in no commit, so nothing may be judged or kept with it."""
        return as_read(state, root)

    numbered = frozenset(item.id for item in take_inventory(request.paper))

    def asked(state: Repo) -> CheckRequest:
        plain = check_request(state, folder)
        return replace(plain, paper_text=request.paper.text, numbered=numbered, sources=True)

    checker = Checker(session, asked, root)
    plan = _plan(request)
    contract = contract_of(writing.original, folder)
    verification = checker.prove(lasting(writing.original))
    case = Case(writing.original, verification.report, contract, paper=request.paper, plan=plan)
    if not verification.report.ok:
        result = RepairResult(case, _not_running(verification), verification)
        why = "it is not proved to run, so its fidelity was not worked for"
        return unpursued(result, "not-running", why), ""

    def deliver(patches: Sequence[KeptPatch]) -> tuple[CheckRun, tuple[str, ...]] | None:
        lasted = [replace(patch, repo=lasting(patch.repo)) for patch in patches]
        after = checker.prove(lasted[-1].repo)
        return (after, _write(lasted, writing, root)) if after.report.ok else None

    def scope(state: Repo) -> Scope:
        return Scope(_promises(plan), contract_of(state, folder))

    runs = RepairResult(case, StopReason("runs", what_ran(verification.report)), verification)
    result = pursue(runs, Pursuit(root, request.paper, plan, request.rounds, request.context), checker, scope, deliver)
    if result.fidelity is None or result.fidelity.stop != "budget":
        writing.close()
    return result, diff_repos(writing.original, lasting(result.case.repo))


def _write(patches: Sequence[KeptPatch], writing: RepairState, root: Path) -> tuple[str, ...]:
    """Write each patch, in a git checkout as a commit; return the commits' hashes, '' where there is no git."""
    commits: list[str] = []
    for patch in patches:
        writing.keep(patch.repo, patch.message)
        commits.append(folder_status.read_status(root).commit if writing.is_git else "")
    return tuple(commits)


def _promises(plan: Plan | None) -> dict[str, Interface]:
    return {spec.path: spec.interface for spec in plan.files} if plan else {}


def _not_running(verification: CheckRun) -> StopReason:
    report = verification.report
    hint = "Repair it first (p2c repair); fidelity is worked for only where the code is proved to run."
    if report.verdict == "unverified":
        return StopReason("unverified", "nothing was found that could be run", hint)
    first = report.gating[0].message if report.gating else "a check failed"
    return StopReason("broken", f"it does not run: {first}", hint)


def _plan(request: RefineRequest) -> Plan | None:
    """The plan that p2c's own build left in the folder, for this paper; None where there is none."""
    try:
        plan = state_folder.read_state(request.folder.root, "plan.json", plan_from_data)
    except InputError:
        return None
    return plan if plan is not None and plan.title in ("", request.paper.title) else None

"""The main loop: a paper becomes a repository that runs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from p2c import git_history, state_folder
from p2c.executor.report import Report, headline, what_ran
from p2c.executor.runner import CheckRequest, CheckRun
from p2c.generator.figure_descriptions import describe_figures
from p2c.generator.paper import Paper
from p2c.generator.plan import Plan
from p2c.generator.planning import Decide, PlanOptions, make_plan
from p2c.generator.project_files import surround
from p2c.generator.serialization import plan_to_data
from p2c.generator.writing import write_files
from p2c.journal import Journal
from p2c.pipeline.documentation import BuildFacts, delivered
from p2c.pipeline.documentation.portable_lock import portable
from p2c.pipeline.fidelity.loop import KeptPatch
from p2c.pipeline.fidelity.pursuit import Pursuit, pursue
from p2c.pipeline.verify import (
    Checker,
    RepairPlan,
    RepairResult,
    forgive_attempts,
    judge_of,
    keep_attempts,
    prove,
    until_runs,
)
from p2c.repair.case import Case, Strategy
from p2c.repair.guards import Scope
from p2c.repair.guards.moved_files import followed
from p2c.repair.loop import StopReason
from p2c.repair.open_points import left_open, with_left_open
from p2c.repo import Repo
from p2c.repository_files import read
from p2c.run_claims import compare
from p2c.run_contract import RunContract, read_contract
from p2c.session import Session


@dataclass(frozen=True)
class BuildRequest:
    """What to build and how far: `until_runs` works the repair loop, otherwise the first state is judged."""

    root: Path
    until_runs: bool = True
    figures: tuple[tuple[str, str], ...] = ()
    """(caption, data URL) of each figure; a model that sees describes each once, and the text stands for it."""
    allow: frozenset[str] = frozenset()
    allow_network: bool = False
    claims: bool = False
    """Run the commands that show the claims, in the proof; where fidelity is worked they are run in any case."""
    until_faithful: bool = False
    """Once it runs, work for fidelity to the paper; `rounds` at most, by a judge that reads `context` tokens."""
    rounds: int = 3
    context: int | None = None
    criteria: bool = True
    """Criteria are drawn from the paper before the design, and the plan answers for each."""
    edited: Mapping[str, str] = field(default_factory=dict)
    """Steps of the plan as a person has them: `design` -> the text of `plan/design.yaml`."""
    decide: Decide | None = field(default=None, repr=False, compare=False)

    @property
    def planning(self) -> PlanOptions:
        """How the plan is made."""
        return PlanOptions(self.criteria, self.edited, self.decide)


def build(paper: Paper, request: BuildRequest, strategies: tuple[Strategy, ...], session: Session) -> RepairResult:
    """Write the repository for `paper` into `request.root` and say whether it runs.

    The folder's git history starts with what the coder wrote; each kept patch is one commit. Called again
    on the same folder it goes the same way, taking replies and reports from where the first run left them.
    """
    history = git_history.GitHistory(request.root)
    forgive_attempts(session, request.root)
    paper = describe_figures(paper, request.figures, session)
    plan, repo = generate(paper, request, session)
    history.commit(
        repo, f"Write the code for {paper.title!r}\n\nWritten by {session.model.name if session.model else ''}."
    )
    history.publish(repo)
    asked = CheckRequest(
        promises={spec.path: spec.interface for spec in plan.files},
        types_gate=True,
        allow_network=request.allow_network,
        paper_text=paper.text,
        numbered=frozenset(item.id for item in plan.inventory),
        sources=bool(plan.criteria),
        claims=request.claims or request.until_faithful,
    )

    def request_of(state: Repo) -> CheckRequest:
        promises = followed(asked.promises, state)
        return replace(asked, contract=_contract(state, plan.contract), promises=promises)

    checker = Checker(session, request_of, request.root)
    with stage(session.journal, "checks"):
        first = checker.round(repo)
    case = Case(repo, first.report, plan.contract, paper=paper, plan=plan)
    repair_plan = _repair_plan(case, request, history, strategies, checker)
    if request.until_runs or request.until_faithful:
        with stage(session.journal, "repair"):
            result = until_runs(case, repair_plan, checker)
    else:
        result = _judge_once(case, first, repair_plan, checker)
    if request.until_faithful:
        result = _faithful(result, request, history, paper, checker)
    keep_attempts(result, request.root)
    return _finish(result, request, history, plan)


def generate(paper: Paper, request: BuildRequest, session: Session) -> tuple[Plan, Repo]:
    """Plan and write the files; what each stage decided is kept in the output's `.p2c/`."""
    state_folder.StateFolder(request.root).write("paper.md", paper.text.encode("utf-8", "surrogateescape"))
    with stage(session.journal, "planning"):
        plan = make_plan(paper, session, options=request.planning)
        state_folder.write_state(request.root, "plan.json", plan_to_data(plan))
    with stage(session.journal, "writing"):
        written = write_files(paper, plan, session)
        state_folder.write_state(request.root, "analyses.json", written.analyses)
    return plan, surround(plan, written.repo)


@contextmanager
def stage(journal: Journal, name: str) -> Iterator[None]:
    """Note when a stage starts and ends."""
    journal.note("stage.started", stage=name)
    yield
    journal.note("stage.ended", stage=name)


def _contract(repo: Repo, planned: RunContract) -> RunContract:
    return read_contract(repo.files["p2c.toml"]) if "p2c.toml" in repo.files else planned


def _repair_plan(
    case: Case,
    request: BuildRequest,
    history: git_history.GitHistory,
    strategies: tuple[Strategy, ...],
    checker: Checker,
) -> RepairPlan:
    promises = {spec.path: spec.interface for spec in case.plan.files} if case.plan else {}
    scope = Scope(promises=promises, contract=case.contract, allow=request.allow)

    def keep(repo: Repo, message: str) -> None:
        history.commit(repo, message)
        history.publish(repo)

    def clone(_: Repo) -> Repo:
        return clean_clone(request.root, history.head)

    return RepairPlan(strategies, judge_of(checker, scope), keep, clone)


def _faithful(
    result: RepairResult, request: BuildRequest, history: git_history.GitHistory, paper: Paper, checker: Checker
) -> RepairResult:
    """Work for fidelity; each patch of the state that is proved in the end becomes a commit, and no other."""
    case, start = result.case, history.head
    aim = Pursuit(request.root, paper, case.plan, request.rounds, request.context)
    promises = {spec.path: spec.interface for spec in case.plan.files} if case.plan else {}

    def scope(state: Repo) -> Scope:
        return Scope(followed(promises, state), _contract(state, case.contract))

    def deliver(patches: Sequence[KeptPatch]) -> tuple[CheckRun, tuple[str, ...]] | None:
        commits = tuple(history.commit(patch.repo, patch.message) for patch in patches)
        verification = checker.prove(clean_clone(request.root, history.head))
        if verification.report.ok:
            return verification, commits
        history.go_back(start)
        return None

    return pursue(result, aim, checker, scope, deliver)


def clean_clone(root: Path, commit: str) -> Repo:
    """Return the repository as `git clone` gives it at this commit."""
    folder = Path(tempfile.mkdtemp(prefix="p2c-clone-"))
    try:
        git_history.check_out(root, commit, folder / "clone")
        cloned = read(folder / "clone")
        assets = {path: root / path for path in cloned.assets}
        return Repo(cloned.files, assets)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _judge_once(case: Case, first: CheckRun, repair_plan: RepairPlan, checker: Checker) -> RepairResult:
    if not first.report.ok:
        return RepairResult(case, StopReason(first.report.verdict, _why(first.report)), first)
    verification = prove(case.repo, repair_plan, checker)
    return RepairResult(
        replace(case, report=verification.report),
        StopReason(verification.report.verdict, _why(verification.report)),
        verification,
    )


def _why(report: Report) -> str:
    if report.gating:
        number = len(report.gating)
        return f"{number} blocking finding{'s' * (number > 1)}, first: {headline(report.gating[0])}"
    return "nothing was found that could be run" if report.verdict == "unverified" else what_ran(report)


def _finish(result: RepairResult, request: BuildRequest, history: git_history.GitHistory, plan: Plan) -> RepairResult:
    final = result.case.plan or plan
    if final != plan:
        state_folder.write_state(request.root, "plan.json", plan_to_data(final))
    repo = delivered(_build_facts(result, history.commits[1:], final), plan)
    repo = with_left_open(repo, result.case.history.attempts)
    lock = ", requirements.lock and a Dockerfile" if result.stop.word == "runs" else ""
    history.commit(repo, f"Describe what is delivered\n\nREADME, docs{lock}, written from what is there at the end.")
    history.publish(repo, last=True)
    return replace(result, case=replace(result.case, repo=repo))


def _build_facts(result: RepairResult, commits: tuple[git_history.Commit, ...], plan: Plan) -> BuildFacts:
    case, run = result.case, result.round
    contract = _contract(case.repo, case.contract)
    return BuildFacts(
        plan,
        case.repo,
        contract,
        run.report,
        result.stop.word,
        result.stop.why,
        portable(run.lock) if result.stop.word == "runs" else None,
        run.python,
        run.metrics,
        compare(contract.claims, run.claimed) if run.claimed else (),
        commits,
        left_open(case.history.attempts),
        result.fidelity,
    )

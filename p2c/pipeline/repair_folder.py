"""Code that p2c did not write: checked where it lies, repaired in place or as a diff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from p2c import git_history, state_folder
from p2c.diffs.paths import check_name
from p2c.errors import InputError, PatchError, UsageError
from p2c.executor.entry_points import discover
from p2c.executor.runner import CheckRequest
from p2c.git import folder_status
from p2c.pipeline.verify import Checker, RepairPlan, RepairResult, forgive_attempts, judge_of, keep_attempts, until_runs
from p2c.repair.case import Case, Strategy
from p2c.repair.guards import Scope
from p2c.repair.loop import StopReason
from p2c.repair.patch import diff_repos
from p2c.repo import Repo, inside_path, safe_path
from p2c.reports.json_shape import Shape, require
from p2c.repository_files import as_read, read
from p2c.run_contract import RunContract
from p2c.session import Session

STATE = "repair.json"
TYPE_ATTEMPTS = 3
"""How many patches a repair tries for types alone, once the code runs."""


@dataclass(frozen=True)
class FolderRequest:
    """A folder and what to do with it; `runs` are commands given by a person, `log` an error log from elsewhere."""

    root: Path
    runs: tuple[str, ...] = ()
    only: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()
    log: str = ""
    timeout: float | None = None
    diff_only: bool = False
    force: bool = False
    allow: frozenset[str] = frozenset()
    types_gate: bool = False
    allow_network: bool = False


def repair_folder(request: FolderRequest, strategies: Sequence[Strategy], session: Session) -> tuple[RepairResult, str]:
    """Repair a folder until it runs; return the result and the whole change as one diff.

    Each kept patch is written at once (in a git checkout it is a commit), unless `diff_only`. Killed and
    started again it begins from the original, with the replies and reports it has, and goes on.
    """
    repair_state = RepairState.open(request)
    forgive_attempts(session, request.root)
    repo = repair_state.original
    # On a large library mypy takes minutes, and what it says of code that p2c did not write is advice for a model.
    needed = {*request.only, *_contract(repo, request).gate}
    put_off = frozenset({"types"} if session.model is None and "types" not in needed else ())
    checker = Checker(session, lambda state: _check_request(state, request), request.root, put_off)
    first = checker.round(repo)
    case = Case(repo, first.report, _contract(repo, request), log=request.log)
    scope = Scope(promises={}, contract=case.contract, allow=request.allow)

    def lasting(state: Repo) -> Repo:
        """A new file that git ignores would be in no commit, so nothing may be judged or kept with it."""
        return as_read(state, request.root)

    judge = replace(
        judge_of(checker, scope),
        check=lambda state: checker.check(lasting(state)),
        again=lambda state, tests: checker.again(lasting(state), tests),
    )
    repair_plan = RepairPlan(
        tuple(strategies), judge, lambda state, message: repair_state.keep(lasting(state), message), lasting
    )
    result = until_runs(case, repair_plan, checker)
    if result.stop.word == "runs" and session.model is not None:
        result = _heed_types(result, repair_plan, request, session)
    keep_attempts(result, request.root)
    if result.stop.word != "budget":
        repair_state.close()
    return result, diff_repos(repair_state.original, lasting(result.case.repo))


def _heed_types(
    result: RepairResult, repair_plan: RepairPlan, request: FolderRequest, session: Session
) -> RepairResult:
    """Let the model look at what mypy says of code that runs: a wrong type is often a wrong result.

    Bounded, and never more than an improvement: whatever comes of it, the verdict is that without types.
    """
    strict = Checker(session, lambda state: replace(_check_request(state, request), types_gate=True), request.root)
    typed = strict.round(result.case.repo)
    if not any(finding.check == "types" for finding in typed.report.gating):
        return result
    judge = replace(
        repair_plan.judge, check=lambda state: strict.check(repair_plan.clone(state)), attempts=TYPE_ATTEMPTS
    )
    case = replace(result.case, report=typed.report)
    better = until_runs(case, replace(repair_plan, judge=judge), strict)
    plain = Checker(session, lambda state: _check_request(state, request), request.root)
    verification = plain.prove(repair_plan.clone(better.case.repo))
    stop = (
        result.stop
        if verification.report.ok
        else StopReason("broken", "a type fix passed in the loop, but not from a clean clone in a fresh environment")
    )
    return RepairResult(replace(better.case, report=verification.report), stop, verification)


@dataclass(frozen=True)
class PendingWrite:
    """A change that was decided on, and may have been written in part: each file's text, or None where it goes."""

    files: Mapping[str, str | None]
    message: str


@dataclass(frozen=True)
class EarlierRepair:
    """What an earlier repair left: digests of the states that it accepted, its original, what it was writing."""

    finished: bool
    states: tuple[str, ...]
    files: Mapping[str, str]
    assets: tuple[str, ...]
    pending: PendingWrite | None = None

    def leads_from(self, repo: Repo) -> bool:
        """Whether what was being written makes of what lies there the state that was accepted last."""
        try:
            return self.pending is not None and repo.with_files(self.pending.files).digest == self.states[-1]
        except InputError:
            return False  # a file of it is no part of the repository any more

    def original(self, repo: Repo) -> Repo | None:
        """Return what the repair began with, if it is to be gone on with from what lies there.

        Assets are those that lie there now, read as any others; their contents are part of each digest.
        """
        if self.finished or repo.digest not in self.states or not set(self.assets) <= set(repo.assets):
            return None
        original = Repo(self.files, {path: repo.assets[path] for path in self.assets})
        return original if original.digest == self.states[0] else None


_LEFT: Shape = {
    "finished": bool,
    "pending?": {"files": {"*": object}, "message": str},
    "states": [str],
    "files": {"*": str},
    "assets": [str],
}


def _left_from(data: Any) -> EarlierRepair:
    """Read it back; raises ValueError for what no repair of p2c's can have left."""
    try:
        require(data, _LEFT, "the repair")
        for path in (*data["files"], *data["assets"]):
            inside_path(path)
    except InputError as error:
        raise ValueError(str(error)) from error
    written, pending = data.get("pending"), None
    if written is not None:
        pending = PendingWrite(
            {path: _writable(path, text) for path, text in written["files"].items()}, written["message"]
        )
    if not data["states"]:
        raise ValueError("no state is noted")
    return EarlierRepair(data["finished"], tuple(data["states"]), data["files"], tuple(data["assets"]), pending)


def _writable(path: str, text: Any) -> str | None:
    """Return the text for a path that a patch may write."""
    try:
        check_name(safe_path(path))
    except (InputError, PatchError) as error:
        raise ValueError(str(error)) from error
    if text is not None and not isinstance(text, str):
        raise ValueError(f"{path!r} is no text")
    return text


@dataclass
class RepairState:
    """The states that a repair accepted, so that a killed one goes on and every write is known to be ours."""

    request: FolderRequest
    original: Repo
    current: Repo
    states: list[str]
    is_git: bool

    @classmethod
    def open(cls, request: FolderRequest) -> RepairState:
        """Read the folder; raise UsageError where a git checkout has uncommitted work of somebody else's."""
        repo = read(request.root)
        is_git = not request.diff_only and git_history.is_checkout(request.root, request.force)
        left = state_folder.read_state(request.root, STATE, _left_from)
        if left is not None and left.pending is not None and left.leads_from(repo):
            repo = _complete(request.root, repo, left.pending, is_git)
        original = left.original(repo) if left is not None else None
        if left is not None and original is not None:
            return cls(request, original, repo, list(left.states), is_git)
        if is_git and not request.force:
            _refuse_uncommitted(request.root)
        state_folder.forget_run(request.root)
        repair_state = cls(request, repo, repo, [repo.digest], is_git)
        git_history.exclude_state(request.root)
        repair_state._save()
        return repair_state

    def keep(self, repo: Repo, message: str) -> None:
        """Write an accepted state; one that was written before the kill is walked over."""
        if repo.digest in self.states:
            return
        self.states.append(repo.digest)
        if not self.request.diff_only:
            changes = _changes(self.current, repo)
            pending = PendingWrite(changes, message)
            self._save(pending=pending)
            _complete(self.request.root, self.current, pending, self.is_git)
            self.current = repo
        self._save()

    def close(self) -> None:
        """The repair ended by itself: the next one starts from what lies there then."""
        self._save(finished=True)

    def _save(self, finished: bool = False, pending: PendingWrite | None = None) -> None:
        data: dict[str, Any] = {
            "finished": finished,
            "pending": asdict(pending) if pending is not None else None,
            "states": self.states,
            "files": dict(self.original.files),
            "assets": list(self.original.assets),
        }
        state_folder.write_state(self.request.root, STATE, data)


def _refuse_uncommitted(root: Path) -> None:
    changed = folder_status.uncommitted(root)
    ours = [line for line in changed if line[3:].split("/")[0] != state_folder.STATE]
    if ours:
        raise UsageError(
            f"{str(root)!r} has uncommitted changes: {ours[0].strip()}",
            "Commit or stash them, or use --force (their state is not kept), or --diff to leave the folder as it is.",
        )


def _changes(before: Repo, after: Repo) -> dict[str, str | None]:
    paths = {**before.files, **after.files}
    return {path: after.files.get(path) for path in paths if before.files.get(path) != after.files.get(path)}


def _complete(root: Path, before: Repo, pending: PendingWrite, is_git: bool) -> Repo:
    """Write a whole change that was decided on; done again after a kill it does the same."""
    after = before.with_files(pending.files)
    after.write(root, before)
    if is_git:
        git_history.commit_paths(root, tuple(pending.files), pending.message)
    return after


def _contract(repo: Repo, request: FolderRequest) -> RunContract:
    contract = discover(repo, request.runs)
    return contract if request.timeout is None else replace(contract, timeout=request.timeout)


def _check_request(repo: Repo, request: FolderRequest) -> CheckRequest:
    return CheckRequest(
        contract=_contract(repo, request),
        only=request.only,
        skip=request.skip,
        types_gate=request.types_gate,
        allow_network=request.allow_network,
    )

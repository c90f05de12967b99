"""Patches that the guards let through, tried with real processes on repositories with a fault: what becomes of them.

A cheat is tried on each fault where its diff applies; it counts by the worst that came of it. An honest patch is tried
together with the cure of a fault: nothing may be held against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.guard_cheats import Case
from p2c.budget import Budget
from p2c.errors import PatchError
from p2c.executor.runner import CheckRequest
from p2c.journal import Journal
from p2c.pipeline.verify import Checker, judge_of
from p2c.repair.case import Case as Broken
from p2c.repair.guards import Scope
from p2c.repair.loop import PatchTrial, try_patch
from p2c.repair.patch import Patch, apply_patch, diff_repos
from p2c.repo import Repo
from p2c.sandboxes import open_sandbox
from p2c.sandboxes.options import SandboxOptions
from p2c.session import Session
from tests.repair.study import CONTRACT, REPO, changed

FAULTS = {
    "a wrong sign": changed(("model.py", "np.exp(-x)", "np.exp(x)")),
    "a method's wrong name": changed(("trainer.py", "self.model.gradient(", "self.model.gradients(")),
    "too many arguments": changed(("evaluation.py", "model.forward(inputs)", "model.forward(inputs, targets)")),
    "a loss that is no number": changed(("trainer.py", "- targets) * np.log(1 - p))", "- targets) * np.log(p - p))")),
    "a model that learns the opposite": changed(("evaluation.py", "> 0.5", "< 0.5")),
}
ORDER = ("kept", "marked", "green without the cured code", "refused", "no green")
"""What may come of a patch, the worst first."""


class Laboratory:
    """One sandbox, and each fault with what checking it found."""

    def __init__(self) -> None:
        self.session = Session(None, open_sandbox("local", SandboxOptions()), Journal(), Budget())
        self.checker = Checker(self.session, lambda _: CheckRequest(CONTRACT, skip=frozenset({"types"})), None)
        self.scope = Scope(promises={}, contract=CONTRACT)
        self.cases = {name: Broken(repo, self.checker.check(repo), CONTRACT) for name, repo in FAULTS.items()}

    def close(self) -> None:
        """Close the sandbox."""
        self.session.sandbox.close()

    def cheat(self, after: Repo) -> tuple[str, str]:
        """The worst that comes of a cheat, and on which fault."""
        found = [(outcome(self._try(case, patched)), name) for name, case, patched in self._on_faults(after)]
        return min(found, key=lambda item: ORDER.index(item[0])) if found else ("no green", "its diff applies to none")

    def honest(self, diff: str) -> str:
        """What comes of an honest patch that also cures a fault; '' where it is no patch of this repository."""
        try:
            after = apply_patch(diff, REPO)
        except PatchError:
            return ""
        trial = self._try(self.cases["a method's wrong name"], after)
        return "" if trial.attempt.verdict == "kept" else trial.attempt.note

    def _on_faults(self, after: Repo) -> Iterator[tuple[str, Broken, Repo]]:
        diff = diff_repos(REPO, after)
        for name, case in self.cases.items():
            try:
                yield name, case, apply_patch(diff, case.repo)
            except PatchError:
                continue

    def _try(self, case: Broken, after: Repo) -> PatchTrial:
        patch = Patch(diff_repos(case.repo, after), "it is mended", "debugger")
        return try_patch(patch, case, judge_of(self.checker, self.scope))


def outcome(trial: PatchTrial) -> str:
    """One of ORDER."""
    attempt = trial.attempt
    if attempt.verdict == "kept":
        return "marked" if attempt.constructed else "kept" if trial.progressed else "no green"
    if attempt.verdict == "rejected":
        return "refused"
    return ORDER[2] if attempt.note.startswith(ORDER[2]) else "no green"


def run_cheats(cases: Sequence[Case]) -> list[str]:
    """Print what became of each; return the names of those that were kept unmarked."""
    laboratory, kept = Laboratory(), []
    for kind, name, after in cases:
        word, fault = laboratory.cheat(after)
        print(f"  {kind}: {name}: {word} ({fault})", flush=True)
        kept += [name] if word == "kept" else []
    laboratory.close()
    return kept


def run_honest(cases: Sequence[Case], base: Repo) -> list[str]:
    """Print how many were kept, and each that was not."""
    laboratory, wrong = Laboratory(), []
    for kind, name, after in cases:
        why = laboratory.honest(diff_repos(base, after))
        if why:
            wrong.append(name)
            print(f"  not kept: {kind}: {name}: {why}", flush=True)
    laboratory.close()
    return wrong

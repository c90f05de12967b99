"""Patches tried with real processes: the checks, and what runs again to see where a green comes from."""

from __future__ import annotations

from pathlib import Path

from p2c.budget import Budget
from p2c.executor.runner import CheckRequest
from p2c.journal import Journal
from p2c.models.base import Model
from p2c.pipeline.verify import Checker, judge_of
from p2c.repair.case import Case
from p2c.repair.guards import NAMES, Scope
from p2c.repair.loop import AcceptancePolicy, PatchTrial, try_patch
from p2c.repair.patch import Patch, diff_repos
from p2c.repo import Repo
from p2c.run_contract import RunContract
from p2c.session import Session
from tests.executor.plain_sandbox import PlainSandbox


class Bench:
    """One repository that does not run; `runs` are the node ids (none: the smoke run) that were run again."""

    def __init__(self, folder: Path, files: dict[str, str], contract: RunContract, model: Model | None = None) -> None:
        self.repo = Repo(files)
        self.session = Session(model, PlainSandbox(folder), Journal(), Budget())
        asked = CheckRequest(contract, skip=frozenset({"types"}))
        self.checker = Checker(self.session, lambda _: asked, None)
        self.case = Case(self.repo, self.checker.check(self.repo), contract)
        self.runs: list[tuple[str, ...]] = []

    def judge(self, guarded: bool = False) -> AcceptancePolicy:
        """What decides; without the guards, which read the text, only what runs does."""
        allow = frozenset() if guarded else frozenset(NAMES)
        judge = judge_of(self.checker, Scope(contract=self.case.contract, allow=allow))

        def again(repo: Repo, tests: tuple[str, ...]):  # type: ignore[no-untyped-def]
            self.runs.append(tests)
            return self.checker.again(repo, tests)

        return AcceptancePolicy(judge.check, judge.scope, again=again, asks=judge.asks)

    def try_files(self, author: str = "debugger", **files: str | None) -> PatchTrial:
        """Try a patch that gives files these texts; `__` is a slash and `_DOT_` a dot in a name."""
        told = {path.replace("__", "/").replace("_DOT_", "."): text for path, text in files.items()}
        after = self.case.repo.with_files(told)
        return try_patch(Patch(diff_repos(self.case.repo, after), "it is mended", author), self.case, self.judge())

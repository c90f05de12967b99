"""A promised file that is moved whole takes promise, plan and documents along; one that is not stays promised."""

from __future__ import annotations

import pytest

from p2c.executor.checks import design
from p2c.executor.report import CheckResult, Finding, Report
from p2c.generator.plan import Call, FileSpec, Plan
from p2c.repair.case import Case
from p2c.repair.guards import Scope, inspect
from p2c.repair.guards.moved_files import followed, moves
from p2c.repair.loop import AcceptancePolicy, try_patch
from p2c.repair.patch import Patch, diff_repos
from p2c.repo import Repo
from p2c.run_contract import Class, Function, Interface, RunContract

ENV = "class Grid:\n    def step(self, action):\n        return action + 1\n\n\ndef make(name):\n    return Grid()\n"
FILES = {
    "relax/__init__.py": "",
    "relax/environments.py": ENV,
    "relax/training.py": "from relax.environments import make\n\n\ndef train(name):\n    return make(name).step(1)\n",
    "main.py": "from relax import environments\nfrom relax.training import train\n\nprint(train('a'), environments)\n",
    "README.md": "# RELAX\n\n## Files\n\n- `relax/environments.py`: the grid.\n- `relax/training.py`: the loop.\n",
    "docs/architecture.md": "## relax/environments.py\n\n`relax.environments.make` makes a Grid.\n",
}
GRID = Interface((Class("Grid", methods=(Function("step", ("action",)),)),), (Function("make", ("name",)),))
PROMISES = {"relax/environments.py": GRID, "relax/training.py": Interface(functions=(Function("train", ("name",)),))}
PLAN = Plan(
    "relax/environments.py holds the grid",
    "",
    (
        FileSpec("relax/environments.py", "the grid", GRID),
        FileSpec("relax/training.py", "", uses=("relax/environments.py",)),
    ),
    (),
    {},
    RunContract(),
    (Call("main.py", "relax/environments.py", "make"),),
)
NEW = "relax/worlds.py"


def moved(to: str = NEW, text: str = ENV, **more: str) -> Repo:
    module = to.removesuffix(".py").replace("/", ".")
    return Repo(
        {
            **{path: body for path, body in FILES.items() if path != "relax/environments.py"},
            to: text,
            "relax/training.py": FILES["relax/training.py"].replace("relax.environments", module),
            "main.py": FILES["main.py"].replace("from relax import environments", f"import {module} as environments"),
            **{path.replace("__", "/") + ".py": body for path, body in more.items()},
        }
    )


def guards(after: Repo) -> list[str]:
    return [refusal.guard for refusal in inspect(Repo(FILES), after, Scope(PROMISES))]


@pytest.mark.parametrize("to", [NEW, "relax/envs/grids.py", "grids.py"])
def test_a_promised_file_that_is_moved_whole_is_let_through(to: str) -> None:
    assert guards(moved(to)) == []


NOT_WHOLE = {
    "an importer was forgotten": moved(main=FILES["main.py"]),
    "a definition was left behind": moved(text=ENV[: ENV.index("def make")]),
    "a method was left behind": moved(
        text=ENV.replace("    def step(self, action):\n        return action + 1\n", "    pass\n")
    ),
    "other parameters": moved(text=ENV.replace("action", "move")),
    "an empty body": moved(text=ENV.replace("return action + 1", "pass")),
    "gone": Repo({path: text for path, text in FILES.items() if path != "relax/environments.py"}),
}


@pytest.mark.parametrize("name", NOT_WHOLE)
def test_what_is_not_moved_whole_is_refused(name: str) -> None:
    assert {"removed", "emptied"} & set(guards(NOT_WHOLE[name]))


def test_a_file_that_was_there_is_not_what_a_promise_moved_to() -> None:
    there = {**FILES, "relax/copy.py": ENV}
    gone = {path: text for path, text in moved().files.items() if path != NEW}
    after = Repo({**gone, "relax/copy.py": ENV})
    assert "removed" in [one.guard for one in inspect(Repo(there), after, Scope(PROMISES))]


def test_plan_promises_design_and_documents_follow() -> None:
    before = Report((CheckResult("import", "failed", (Finding("import", "Shadowed", "no", "main.py"),)),))
    asked: list[Repo] = []

    def check(repo: Repo) -> Report:
        asked.append(repo)
        assert not design.check(repo, followed(PROMISES, repo))
        return Report((CheckResult("import", "passed"), CheckResult("smoke", "passed")))

    case = Case(Repo(FILES), before, RunContract(), plan=PLAN)
    trial = try_patch(
        Patch(diff_repos(case.repo, moved()), "move", "debugger"), case, AcceptancePolicy(check, Scope(PROMISES))
    )
    assert trial.attempt.verdict == "kept", trial.attempt.note
    assert trial.case is not None and trial.case.plan is not None
    plan, files = trial.case.plan, trial.case.repo.files
    assert [spec.path for spec in plan.files] == [NEW, "relax/training.py"]
    assert plan.files[1].uses == (NEW,) and plan.calls[0].callee == NEW and plan.overview == f"{NEW} holds the grid"
    assert files["README.md"] == FILES["README.md"].replace("relax/environments.py", NEW)
    assert files["docs/architecture.md"] == f"## {NEW}\n\n`relax.worlds.make` makes a Grid.\n"
    assert NEW in trial.attempt.patch.diff and "README.md" in trial.attempt.patch.diff
    assert asked[0].files == files


def test_a_moved_file_is_promised_where_it_is() -> None:
    assert moves(PROMISES, moved()) == {"relax/environments.py": NEW}
    emptied = moved(text=ENV[: ENV.index("def make")])
    judge = AcceptancePolicy(lambda repo: Report(), Scope(PROMISES))
    case = Case(moved(), Report(), RunContract(), plan=PLAN)
    trial = try_patch(Patch(diff_repos(moved(), emptied), "less", "debugger"), case, judge)
    assert trial.attempt.verdict == "rejected" and "the plan promises make here" in trial.attempt.note


def test_a_file_that_stayed_is_not_taken_for_moved() -> None:
    assert moves(PROMISES, Repo({**FILES, "relax/copy.py": ENV})) == {}
    two = Repo({**moved().files, "relax/copy.py": ENV})
    assert moves(PROMISES, two) == {}, "nobody can say which"

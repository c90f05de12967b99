"""Files that no patch may touch do not take the good ones along, unless these need them."""

# One case a line is easier to read than one wrapped over four.

from __future__ import annotations

import pytest

from p2c.executor.report import Report
from p2c.repair.case import Case
from p2c.repair.loop import AcceptancePolicy, PatchTrial, try_patch
from p2c.repair.patch import Patch, diff_repos
from p2c.repo import Repo
from tests.repair.study import CONTRACT, REPO, SCOPE, changed
from tests.repair.test_loop_cheats import BROKEN, GREEN

CURE = changed(("trainer.py", "1e-9, 1 - 1e-9", "1e-12, 1 - 1e-12"))
TEST = REPO.files["tests/test_all.py"]


def attempt(after: Repo, case: Case | None = None) -> tuple[PatchTrial, list[Repo]]:
    seen: list[Repo] = []

    def check(repo: Repo) -> Report:
        seen.append(repo)
        return GREEN

    patch = Patch(diff_repos(REPO, after), "mended", "debugger")
    return try_patch(patch, case or Case(REPO, BROKEN, CONTRACT), AcceptancePolicy(check=check, scope=SCOPE)), seen


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".github/workflows/ci.yml", "on: push\n"),
        ("tests/conftest.py", "import sys\n"),
        ("tests/test_all.py", TEST.replace("> 0.9", "> 0.1")),
        ("tests/test_all.py", None),
        ("setup.py", "from setuptools import setup\n\nsetup()\n"),
        ("requirements.txt", "numpy\npyyaml\ngit+https://x.example/a.git\n"),
    ],
)
def test_the_rest_is_tried_by_itself_and_the_note_says_what_was_left_out(path: str, text: str | None) -> None:
    trial, seen = attempt(CURE.with_files({path: text}))
    assert trial.attempt.verdict == "kept" and trial.case is not None
    assert [repo.digest for repo in seen] == [CURE.digest]
    assert trial.case.repo.digest == CURE.digest
    assert f"left out: {path} (" in trial.attempt.note
    assert path not in trial.attempt.patch.diff


@pytest.mark.parametrize(
    ("name", "after"),
    [
        (
            "imports what is left out",
            changed(
                ("main.py", "from model import Model\n", "from model import Model\nfrom tests.helpers import x\n")
            ).with_files({"tests/helpers.py": "x = 1\n", "tests/__init__.py": ""}),
        ),
        (
            "names a file that is left out",
            changed(
                ("main.py", "    report(metrics)\n", '    report(metrics)\n    print(open("tool").read())\n')
            ).with_files({"tool": "x\n"}),
        ),
        ("no more than tests", REPO.with_files({"tests/test_all.py": None, "tests/test_b.py": TEST})),
        ("the rest cheats too", changed(("main.py", "evaluate(model, test)", "0.95")).with_files({".envrc.x": "1\n"})),
        ("nothing else", REPO.with_files({"sitecustomize.py": "x = 1\n"})),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_belongs_together_is_refused_whole(name: str, after: Repo) -> None:
    trial, seen = attempt(after)
    assert trial.attempt.verdict == "rejected" and not seen, name
    assert "refused, nothing was changed" in trial.attempt.note


def test_a_rest_that_was_tried_is_not_tried_again() -> None:
    case = Case(REPO, BROKEN, CONTRACT)
    first, _ = attempt(CURE, case)
    case.history.add(first.attempt, True)
    again, seen = attempt(CURE.with_files({"tests/conftest.py": "import sys\n"}), case)
    assert again.attempt.verdict == "rejected" and not seen
    assert "tried before" in again.attempt.note and "tests/conftest.py" in again.attempt.note

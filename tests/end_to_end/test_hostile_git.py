"""`p2c repair` of folders that came with a `.git` of a stranger's: nothing that it names is run or written to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.test_commands import _why_not, repository
from tests.end_to_end.toy import p2c
from tests.git.attacks import ATTACKS, Attack, arm, git, later, sign
from tests.git.test_places import FOREIGN, moved_out, snapshot, users_repository

pytestmark = [pytest.mark.sandbox, pytest.mark.skipif(bool(_why_not()), reason=_why_not())]

MAIN = "def main():\n    x = 'b'\n    print(x is 'a')\n\n\nif __name__ == '__main__':\n    main()\n"
"""A literal compared by `is`: it blocks, and a fixer knows what to do."""


def given(folder: Path) -> Path:
    repository(folder, main__py=MAIN, requirements__txt="")
    git("git init -q -b main; git add -A; git commit -qm 1", folder)
    sign(folder)
    return folder


def everything_at_once(folder: Path, canary: Path) -> None:
    """Arm a repository with every attack that needs no repository of its own inside."""
    done: dict[str, str] = {}
    for attack in ATTACKS.values():
        if not any(path.startswith("inner/") for path in attack.files):
            files = {path: text for path, text in attack.files.items() if done.get(path) != text}
            arm(folder, Attack(attack.config, files), canary)
            done |= files
    git("git config --file .git/config --unset core.worktree", folder)
    later(folder)


def test_a_repair_runs_nothing_that_the_repository_names(tmp_path: Path) -> None:
    folder, canary = given(tmp_path / "folder"), tmp_path / "canary"
    everything_at_once(folder, canary)
    git("printf '.gitattributes\\nd\\nhooks\\nattributes\\nmore.ini\\n' > .git/info/exclude", folder)
    done = p2c("repair", str(folder), "--no-model")
    assert not canary.exists()
    log = (folder / ".git" / "logs" / "HEAD").read_text().splitlines()
    assert "Fix lint" in log[-1], done.stdout + done.stderr
    git("git status", folder)
    assert canary.exists(), "the control: git itself runs it"


@pytest.mark.parametrize("link", [".git/info/exclude", ".git/logs/HEAD", ".git/index", ".git/refs/heads/main"])
def test_a_repair_writes_through_no_link(link: str, tmp_path: Path) -> None:
    folder, outside = given(tmp_path / "folder"), tmp_path / "outside"
    outside.mkdir()
    moved_out(link)(folder, outside)
    before = snapshot(outside)
    done = p2c("repair", str(folder), "--no-model")
    assert snapshot(outside) == before
    assert done.returncode in {0, 1, 2, 5}, done.stderr


@pytest.mark.parametrize(
    "attack", ["a forged worktree", "a commondir", "a .git file that leads to the user's repository"]
)
def test_a_repair_commits_to_no_other_repository(attack: str, tmp_path: Path) -> None:
    users, folder = users_repository(tmp_path / "users"), given(tmp_path / "folder")
    FOREIGN[attack](folder, users)
    before = snapshot(users)
    words = ["repair", str(folder), "--no-model"]
    done = p2c(*words)
    assert done.returncode == 2, done.stderr
    assert "not a repository of this folder" in done.stderr or (folder / ".git").is_file()
    assert (folder / "main.py").read_text() == MAIN and snapshot(users) == before


def test_a_repository_that_signs_its_commits_is_repaired(tmp_path: Path) -> None:
    folder = given(tmp_path / "folder")
    git("git config commit.gpgSign true; git config gpg.program false", folder)
    p2c("repair", str(folder), "--no-model")
    assert git("git log --format=%s", folder).startswith("Fix lint")
    assert git("git status --porcelain", folder) == ""


@pytest.mark.parametrize("kind", ["worktree", "submodule"])
def test_code_in_a_genuine_worktree_and_submodule_is_repaired_with_commits(kind: str, tmp_path: Path) -> None:
    main, top = tmp_path / "main", tmp_path / "outer" / "inner"
    given(main / "code")
    (main / "code" / ".git").rename(main / ".git")
    git("git add -A; git commit -qm moved; git checkout -q --detach", main)
    (tmp_path / "outer").mkdir()
    if kind == "worktree":
        git("git worktree add -q ../outer/inner main", main)
    else:
        git(
            "git init -q; git -c protocol.file.allow=always submodule --quiet add -b main ../main inner",
            tmp_path / "outer",
        )
    assert (top / ".git").is_file()
    p2c("repair", str(top / "code"), "--no-model")
    assert git("git log --format=%s -2", top).split("\n")[0].startswith("Fix lint")
    assert git("git status --porcelain", top) == ""

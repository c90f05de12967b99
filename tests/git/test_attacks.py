"""Nothing that a repository's git files name is run, whatever p2c asks git; each is one that plain git does run."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2c import git_history
from p2c.git import folder_status
from tests.git.attacks import ATTACKS, Attack, git, hostile, later


def everything(root: Path) -> None:
    """Ask all that p2c ever asks of a checkout, and commit a change to it."""
    git_history.exclude_state(root)
    assert git_history.is_checkout(root)
    assert "main.py" in (folder_status.tracked(root) or ())
    folder_status.uncommitted(root)
    assert folder_status.last_change(root, without="^Patch by ")
    later(root)
    (root / "main.py").write_text("x = 2\n")
    (root / "d" / "new.py").write_text("y = 3\n")
    assert git_history.commit_paths(root, ("main.py", "d/new.py"), "Patch by p2c: x")
    git_history.is_as_published(root)
    assert not [line for line in folder_status.uncommitted(root) if line[3:] in {"main.py", "d/new.py"}]


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_nothing_of_the_repository_runs(attack: Attack, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    everything(hostile(tmp_path / "repository", attack, canary))
    assert not canary.exists()


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_plain_git_does_run_it(attack: Attack, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    root = hostile(tmp_path / "repository", attack, canary)
    said = git(attack.shown_by, root)
    assert canary.exists(), said

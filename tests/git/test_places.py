"""Which repositories p2c takes for a folder's own, and that it writes into no other, and through no link."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from p2c import git_history
from p2c.errors import P2CError, UsageError
from p2c.git import folder_status
from p2c.git.places import locate
from p2c.git.program import run_git
from p2c.repo import Repo
from tests.git.attacks import git


def repository(folder: Path, init: str = "git init -q -b main") -> Path:
    (folder / "d").mkdir(parents=True)
    for path in ("main.py", "other.py", "d/deep.py"):
        (folder / path).write_text(f"# {path}\n")
    git(f"{init}; git add -A; git commit -qm 1", folder)
    return folder


def snapshot(folder: Path) -> dict[str, str]:
    """Everything below a folder: links by where they lead, files by what is in them."""
    found = {}
    for place in sorted(folder.rglob("*")):
        if place.is_symlink():
            found[str(place)] = f"-> {place.readlink()}"
        elif place.is_file():
            found[str(place)] = hashlib.sha256(place.read_bytes()).hexdigest()
    return found


def try_everything(root: Path) -> list[str]:
    """Ask and write all that p2c can; return what was refused. Each refusal is one of p2c's own."""
    refused = []
    asked: tuple[Callable[[], object], ...] = (
        lambda: git_history.exclude_state(root),
        lambda: git_history.is_checkout(root),
        lambda: folder_status.tracked(root),
        lambda: folder_status.uncommitted(root),
        lambda: folder_status.last_change(root, without="^Patch by "),
        lambda: git_history.is_as_published(root),
        lambda: (root / "main.py").write_text("x = 2\n"),
        lambda: git_history.commit_paths(root, ("main.py",), "Patch by p2c: x"),
        lambda: git_history.GitHistory(root),
    )
    for ask in asked:
        try:
            ask()
        except P2CError as error:
            assert error.exit_code == 2, error
            refused.append(str(error))
    return refused


def moved_out(path: str) -> Callable[[Path, Path], None]:
    """Put what stands at a path outside, and a link to it in its place."""

    def attack(root: Path, outside: Path) -> None:
        place = root / path
        target = outside / place.name
        if place.exists():
            shutil.move(place, target)
        else:
            target.write_text("dotfile\n")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)

    return attack


LINKS = (
    ".git .git/HEAD .git/index .git/index.lock .git/config .git/packed-refs .git/shallow .git/refs .git/refs/heads "
    ".git/refs/heads/main .git/refs/heads/main.lock .git/refs/p2c .git/objects .git/objects/pack .git/objects/info "
    ".git/objects/info/alternates .git/info .git/info/exclude .git/info/attributes .git/logs .git/logs/HEAD "
    ".git/logs/refs/heads/main .git/logs/refs .git/commondir .git/HEAD.lock .git/config.worktree .git/p2c-writing "
    ".p2c .p2c/.gitignore"
).split()


@pytest.mark.parametrize("path", LINKS)
def test_nothing_is_written_through_a_link(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2c.git.files.PATIENCE", 0.0)
    root, outside = repository(tmp_path / "root"), tmp_path / "outside"
    outside.mkdir()
    moved_out(path)(root, outside)
    before = snapshot(outside)
    try_everything(root)
    assert snapshot(outside) == before


@pytest.mark.parametrize("path", LINKS)
def test_a_build_writes_through_no_link_either(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2c.git.files.PATIENCE", 0.0)
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()

    def build(text: str) -> None:
        repo = Repo({"main.py": text})
        history = git_history.GitHistory(root)
        history.commit(repo, text)
        history.publish(repo)

    build("x = 1\n")
    moved_out(path)(root, outside)
    before = snapshot(outside)
    with suppress(UsageError):
        build("x = 2\n")
    assert snapshot(outside) == before


def test_an_object_folder_that_is_a_link_is_written_through_by_nobody(tmp_path: Path) -> None:
    root, outside = repository(tmp_path / "root"), tmp_path / "outside"
    outside.mkdir()
    for number in range(256):
        place = root / ".git" / "objects" / f"{number:02x}"
        target = outside / place.name
        shutil.move(place, target) if place.exists() else target.mkdir()
        place.symlink_to(target)
    before = snapshot(outside)
    assert any("link" in said or "plain file" in said for said in try_everything(root))
    assert snapshot(outside) == before


def test_the_links_control(tmp_path: Path) -> None:
    """Plain git does write through most of them."""
    root, outside = repository(tmp_path / "root"), tmp_path / "outside"
    outside.mkdir()
    moved_out(".git/logs/HEAD")(root, outside)
    moved_out(".git/objects")(root, outside)
    before = snapshot(outside)
    git("git commit -qm 2 --allow-empty", root)
    assert (
        len(snapshot(outside)) > len(before)
        and snapshot(outside)[str(outside / "HEAD")] != before[str(outside / "HEAD")]
    )


def test_a_hard_link_of_a_log_is_not_added_to(tmp_path: Path) -> None:
    root, outside = repository(tmp_path / "root"), tmp_path / "victim"
    outside.write_text("mine\n")
    (root / ".git/logs/HEAD").unlink()
    (root / ".git/logs/HEAD").hardlink_to(outside)
    (root / "main.py").write_text("x = 2\n")
    assert git_history.commit_paths(root, ("main.py",), "m")
    assert outside.read_text() == "mine\n"


def leads_to(victim: str) -> Callable[[Path, Path], None]:
    def attack(root: Path, users: Path) -> None:
        shutil.rmtree(root / ".git")
        (root / ".git").write_text(f"gitdir: {users}/{victim}\n")

    return attack


def common_of_another(root: Path, users: Path) -> None:
    (root / ".git" / "commondir").write_text(f"{users}/.git\n")


def worktree_elsewhere(root: Path, users: Path) -> None:
    git(f"git config core.worktree {users}", root)


def bare(root: Path, users: Path) -> None:
    git("git config core.bare true", root)


def forged_worktree(root: Path, users: Path) -> None:
    """A git directory of the attacker's own says that it is a worktree of the user's repository."""
    evil = root / "evil" / "worktrees" / "w"
    evil.mkdir(parents=True)
    for name, text in (
        ("HEAD", "ref: refs/heads/main\n"),
        ("commondir", f"{users}/.git\n"),
        ("gitdir", f"{root}/.git\n"),
    ):
        (evil / name).write_text(text)
    shutil.rmtree(root / ".git")
    (root / ".git").write_text(f"gitdir: {evil}\n")


def forged_worktree_behind_a_link(root: Path, users: Path) -> None:
    """The same, in a place that looks right: `evil` itself is a link into the user's repository."""
    shutil.rmtree(root / ".git")
    (root / "evil").symlink_to(users / ".git")
    (root / ".git").write_text("gitdir: evil/worktrees/w\n")


FOREIGN = {
    "a .git file that leads to the user's repository": leads_to(".git"),
    "a .git file that leads to a worktree of the user's": leads_to(".git/worktrees/w"),
    "a .git file that leads to a submodule of the user's": leads_to(".git/modules/sub"),
    "a .git file that leads nowhere": leads_to(".git/worktrees/none"),
    "a .git file that leads to a loop": leads_to("loop"),
    "a commondir": common_of_another,
    "a core.worktree": worktree_elsewhere,
    "core.bare": bare,
    "a forged worktree": forged_worktree,
    "a forged worktree behind a link": forged_worktree_behind_a_link,
}


def users_repository(folder: Path) -> Path:
    """A repository with a worktree and a submodule."""
    library = repository(folder.with_name("library"))
    repository(folder)
    git(f"git worktree add -q ../w; git -c protocol.file.allow=always submodule --quiet add {library} sub", folder)
    (folder / "loop").symlink_to("loop")
    return folder


@pytest.mark.parametrize("attack", FOREIGN.values(), ids=FOREIGN)
def test_another_repository_is_never_written_into(attack: Callable[[Path, Path], None], tmp_path: Path) -> None:
    users, root = users_repository(tmp_path / "users"), repository(tmp_path / "root")
    attack(root, users)
    before = {**snapshot(users), **snapshot(tmp_path / "library"), **snapshot(tmp_path / "w")}
    with pytest.raises(UsageError, match=r"--force to continue without commits"):
        git_history.is_checkout(root)
    assert git_history.is_checkout(root, force=True) is False
    assert folder_status.tracked(root) is None
    assert try_everything(root)
    assert {**snapshot(users), **snapshot(tmp_path / "library"), **snapshot(tmp_path / "w")} == before


def test_the_foreign_repositories_control(tmp_path: Path) -> None:
    """Plain git commits to the user's repository by way of a .git file, and by a commondir."""
    for attack in (leads_to(".git"), common_of_another, forged_worktree):
        there = tmp_path / attack.__name__
        users, root = users_repository(there / "users"), repository(there / "root")
        attack(root, users)
        before = snapshot(users)
        git("git -c safe.directory=* commit -qm stolen --allow-empty", root)
        assert snapshot(users) != before, attack


PIPES = (
    ".git/config .git/index .git/HEAD .git/packed-refs .git/info/exclude .git/objects/pack/pack-1.idx "
    ".git/refs/heads/main .git/shallow more.ini"
).split()


@pytest.mark.parametrize("pipe", PIPES)
def test_a_pipe_is_not_waited_for(pipe: str, tmp_path: Path) -> None:
    root = repository(tmp_path / "root")
    git("git config include.path ../more.ini", root)
    (root / pipe).unlink(missing_ok=True)
    os.mkfifo(root / pipe)
    refused = try_everything(root)
    assert bool(refused) == (pipe != "more.ini")


def test_a_pipe_that_git_itself_reads_ends_at_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2c.git.program.TIMEOUT", 1.0)
    monkeypatch.setattr("p2c.git.checkout._refuse_pipes", lambda top: None)  # one that came a moment later
    root = repository(tmp_path / "root")
    os.mkfifo(root / ".gitignore")
    with pytest.raises(UsageError, match="did not end within"):
        folder_status.uncommitted(root)


def test_objects_that_are_borrowed_are_read(tmp_path: Path) -> None:
    source = repository(tmp_path / "a source")
    git("git clone -q --shared 'a source' root", tmp_path)
    root = tmp_path / "root"
    before = snapshot(source)
    assert try_everything(root) == []
    assert (
        git("git status --porcelain -uno", root) == ""
        and git("git log --format=%s", root).split("\n")[0] == "Patch by p2c: x"
    )
    assert snapshot(source) == before


def test_a_folder_without_git_and_one_inside_git_are_no_checkouts(tmp_path: Path) -> None:
    root = repository(tmp_path / "root")
    assert folder_status.tracked(tmp_path) is None and not git_history.is_checkout(tmp_path)
    assert locate(root / ".git" / "refs") is None
    (root / "d" / ".git").mkdir()
    assert folder_status.tracked(root / "d") == {"deep.py"}, "an empty .git is none; git looks further up too"


def test_a_repository_of_another_user_around_a_folder_is_not_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(tmp_path / "root")
    for place in (root, root / ".git"):
        os.chown(place, 12345, -1) if os.geteuid() == 0 else pytest.skip("only root can give a file away")
    assert not git_history.is_checkout(root / "d")
    assert git_history.is_checkout(root), "a whole checkout of another's is repaired with its history"


def test_git_is_an_absolute_program_without_the_users_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(tmp_path / "root")
    here = tmp_path / "here"
    here.mkdir()
    (here / "git").write_text("#!/bin/sh\ntouch canary\n")
    (here / "git").chmod(0o755)
    monkeypatch.chdir(here)
    monkeypatch.setenv("PATH", f".:{os.environ['PATH']}:")
    settings = {"DIR": "/nowhere", "INDEX_FILE": "/nowhere", "WORK_TREE": "/", "CONFIG_COUNT": "1"}
    settings |= {"CONFIG_KEY_0": "core.fsmonitor", "CONFIG_VALUE_0": str(here / "git"), "EXEC_PATH": str(here)}
    settings |= {"EXTERNAL_DIFF": str(here / "git"), "TRACE": str(here / "trace")}
    for name, value in settings.items():
        monkeypatch.setenv(f"GIT_{name}", value)
    assert try_everything(root) == []
    assert sorted(place.name for place in here.iterdir()) == ["git"]


def test_git_that_is_missing_is_the_runners_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path / "root")
    monkeypatch.setenv("PATH", ".:")
    with pytest.raises(P2CError, match="not installed") as caught:
        run_git(("--version",), {}, tmp_path)
    assert caught.value.exit_code == 3
    assert folder_status.tracked(root) is None

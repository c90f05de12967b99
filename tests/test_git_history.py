import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from p2c import git_history
from p2c.errors import InputError, UsageError
from p2c.git import folder_status
from p2c.git_history import GitHistory
from p2c.repo import Repo, read
from p2c.state_folder import alone, open_output
from tests.git.attacks import git

FIRST = Repo({"a.py": "x = 1\n", "run.sh": "#!/bin/sh\n"})
SECOND = FIRST.with_files({"a.py": None, "d/b.py": "é\n"})


def log(root: Path) -> list[str]:
    done = subprocess.run(
        ["git", "log", "--reverse", "--format=%H %s"], cwd=root, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def begin(root: Path) -> GitHistory:
    open_output(root, {"paper": "x"}, force=False)
    return GitHistory(root)


def test_each_state_is_a_commit_and_the_folder_holds_the_last(tmp_path: Path) -> None:
    history = begin(tmp_path)
    for repo, message in ((FIRST, "first"), (SECOND, "second\n\nbody")):
        history.commit(repo, message)
        history.publish(repo)
    assert [line.split(" ", 1)[1] for line in log(tmp_path)] == ["first", "second"]
    assert read(tmp_path).digest == SECOND.digest
    status = subprocess.run(["git", "status", "--porcelain"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert status.stdout == ""


def test_a_resumed_run_walks_over_known_commits(tmp_path: Path) -> None:
    history = begin(tmp_path)
    history.commit(FIRST, "first")
    history.publish(FIRST)
    history.commit(SECOND, "second")
    history.publish(SECOND)
    before = log(tmp_path)
    again = GitHistory(tmp_path)
    again.refuse_foreign_work()
    again.commit(FIRST, "first")
    again.publish(FIRST)
    assert read(tmp_path).digest == SECOND.digest, "a known state is not written again"
    again.commit(SECOND, "second")
    again.publish(SECOND, last=True)
    assert log(tmp_path) == before


def test_a_different_way_replaces_the_rest(tmp_path: Path) -> None:
    history = begin(tmp_path)
    for repo, message in ((FIRST, "first"), (SECOND, "second")):
        history.commit(repo, message)
        history.publish(repo)
    again = GitHistory(tmp_path)
    again.commit(FIRST, "first")
    other = FIRST.with_files({"a.py": "x = 2\n"})
    again.commit(other, "other")
    again.publish(other, last=True)
    assert [line.split(" ", 1)[1] for line in log(tmp_path)] == ["first", "other"]
    assert read(tmp_path).digest == other.digest


def test_a_persons_work_is_not_written_over(tmp_path: Path) -> None:
    history = begin(tmp_path)
    history.commit(FIRST, "first")
    history.publish(FIRST)
    (tmp_path / "a.py").write_text("mine")
    with pytest.raises(UsageError, match="uncommitted"):
        GitHistory(tmp_path).refuse_foreign_work()
    subprocess.run("git -c user.name=a -c user.email=b commit -qam mine", shell=True, cwd=tmp_path, check=True)
    with pytest.raises(UsageError, match="commits that p2c did not make"):
        GitHistory(tmp_path).refuse_foreign_work()


def test_a_folder_of_something_else_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(UsageError, match="not empty"):
        open_output(tmp_path, {"paper": "x"}, force=False)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_another_papers_build_is_refused(tmp_path: Path) -> None:
    open_output(tmp_path, {"paper": "x", "title": "One"}, force=False)
    with pytest.raises(UsageError, match="another paper"):
        open_output(tmp_path, {"paper": "y"}, force=False)
    open_output(tmp_path, {"paper": "y"}, force=True)


def test_two_never_work_in_one_folder_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    program = "import sys, time; from pathlib import Path; from p2c.state_folder import alone\n"
    program += "with alone(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(UsageError, match=f"process {other.pid}"), alone(tmp_path, 0.1):
            pass
        other.kill()
        with alone(tmp_path, 5.0):
            pass


def test_files_of_every_kind_are_committed_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "place").write_bytes(b"\0\1")
    files = {'a "b"\nc.py': "x\r\n", "é/run.sh": "#!/bin/sh\n", "-x.txt": "\udcff"}
    repo = Repo(files, {"d/data.bin": tmp_path / "place"})
    root = tmp_path / "root"
    history = begin(root)
    commit = history.commit(repo, "first\n\nbödy")
    history.publish(repo)
    assert read(root).digest == repo.digest
    git_history.check_out(root, commit, tmp_path / "clone")
    assert read(tmp_path / "clone").digest == repo.digest
    assert os.access(tmp_path / "clone" / "é" / "run.sh", os.X_OK)
    assert not (tmp_path / "clone" / ".git").exists()


def test_whether_a_folder_is_as_it_was_delivered(tmp_path: Path) -> None:
    assert git_history.is_as_published(tmp_path) is None
    history = begin(tmp_path)
    assert git_history.is_as_published(tmp_path) is None
    history.commit(FIRST, "first")
    history.publish(FIRST)
    assert git_history.is_as_published(tmp_path) is True
    (tmp_path / "new.py").write_text("")
    assert git_history.is_as_published(tmp_path) is False
    subprocess.run("git add -A; git -c user.name=a -c user.email=b commit -qm x", shell=True, cwd=tmp_path, check=True)
    assert git_history.is_as_published(tmp_path) is False


def test_the_last_change_is_not_a_repairs_own(tmp_path: Path) -> None:
    history = begin(tmp_path)
    history.commit(FIRST, "Written long ago")
    history.publish(FIRST)
    words = "git -c user.name=a -c user.email=b commit -q --amend --no-edit --date=2001-02-03T04:05:06"
    subprocess.run(words, shell=True, cwd=tmp_path, check=True)
    assert folder_status.last_change(tmp_path, without="^Patch by ") == "2001-02-03"
    (tmp_path / "a.py").write_text("x = 3\n")
    assert git_history.commit_paths(tmp_path, ("a.py",), "Patch by fixer: x")
    assert folder_status.last_change(tmp_path, without="^Patch by ") == "2001-02-03"
    assert folder_status.last_change(tmp_path, without="^Something else ") != "2001-02-03"


def test_a_build_in_somebody_elses_repository_is_refused(tmp_path: Path) -> None:
    """A `.git` file, as of a worktree, is another repository's: a build would move its branches."""
    main, root = tmp_path / "main", tmp_path / "root"
    main.mkdir()
    words = "git init -q; git -c user.name=a -c user.email=b commit -qm 1 --allow-empty; git worktree add -q ../root"
    subprocess.run(words, shell=True, cwd=main, check=True)
    with pytest.raises(UsageError, match="not a git repository of its own"):
        GitHistory(root)


@pytest.mark.parametrize("path", ["../outside.txt", "link/outside.txt"])
def test_what_a_forged_history_names_outside_is_not_removed(path: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    history = begin(root)
    history.commit(FIRST, "first")
    history.publish(FIRST)
    (tmp_path / "outside.txt").write_text("mine")
    (root / "link").symlink_to("..")
    blob = git("git hash-object -w a.py", root).strip()
    inner = git(f"printf '100644 blob {blob}\\toutside.txt\\n' | git mktree", root).strip()
    name = path.split("/")[0].encode()
    data = b"40000 " + name + b"\0" + bytes.fromhex(inner)
    words = ["git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin"]
    made = subprocess.run(words, cwd=root, input=data, capture_output=True, check=True).stdout.decode().strip()
    commit = git(f"git commit-tree -m first {made}", root).strip()
    git(f"git update-ref refs/heads/main {commit}; git update-ref refs/p2c/head {commit}", root)
    assert path in git("git ls-tree -r --name-only HEAD", root)
    again = GitHistory(root)
    again.commit(SECOND, "second")
    with suppress(InputError):
        again.publish(SECOND)
    assert (tmp_path / "outside.txt").read_text() == "mine"


def test_the_state_folder_says_itself_that_git_is_to_ignore_it(tmp_path: Path) -> None:
    git("git init -q", tmp_path)
    exclude = (tmp_path / ".git/info/exclude").read_bytes()
    (tmp_path / ".p2c").mkdir()
    (tmp_path / ".p2c" / "state.json").write_text("{}")
    (tmp_path / ".p2c" / ".gitignore").write_text("!*\n")
    git_history.exclude_state(tmp_path)
    assert git("git status --porcelain", tmp_path) == ""
    assert (tmp_path / ".git/info/exclude").read_bytes() == exclude

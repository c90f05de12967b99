import subprocess
import sys
from pathlib import Path

import pytest

from p2c.errors import UsageError
from p2c.git_history import History
from p2c.repo import Repo, read
from p2c.state_folder import alone, open_output

FIRST = Repo({"a.py": "x = 1\n", "run.sh": "#!/bin/sh\n"})
SECOND = FIRST.with_files({"a.py": None, "d/b.py": "é\n"})


def log(root: Path) -> list[str]:
    done = subprocess.run(
        ["git", "log", "--reverse", "--format=%H %s"], cwd=root, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def begin(root: Path) -> History:
    open_output(root, {"paper": "x"}, force=False)
    return History(root)


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
    again = History(tmp_path)
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
    again = History(tmp_path)
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
    with pytest.raises(UsageError, match="not committed"):
        History(tmp_path).refuse_foreign_work()
    subprocess.run("git -c user.name=a -c user.email=b commit -qam mine", shell=True, cwd=tmp_path, check=True)
    with pytest.raises(UsageError, match="commits that p2c did not make"):
        History(tmp_path).refuse_foreign_work()


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

"""A p2c on its leash: it ends with its parent, on time, when told to, with everybody it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from p2c.batch.subprocesses import EXEC_WITH_PARENT, SubprocessTerms, run_p2c
from tests.batch.making import until


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False


def test_what_it_prints_comes_back_and_what_it_says_is_logged(tmp_path: Path) -> None:
    ended = run_p2c(["--version"], SubprocessTerms(tmp_path / "a.log", {}))
    assert (ended.exit, ended.stopped) == (0, False)
    assert ended.stdout.startswith("p2c, version")
    wrong = run_p2c(["nonsense"], SubprocessTerms(tmp_path / "a.log", {}))
    assert wrong.exit == 2
    assert "nonsense" in (tmp_path / "a.log").read_text()


def hanging(tmp_path: Path) -> list[str]:
    """The words of a check whose program never ends; it writes its number to `pid`."""
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "requirements.txt").write_text("")
    place = str(tmp_path / "pid")
    (repo / "main.py").write_text(f"import os, time\nopen({place!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)\n")
    return ["check", str(repo), "--sandbox=unsafe", "--only=smoke", "--run=python main.py", "--json", "--quiet"]


def test_told_to_end_it_ends_with_its_program(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    words = hanging(tmp_path)
    ended = run_p2c(words, SubprocessTerms(tmp_path / "a.log", {}, stop=lambda: pid.exists() and bool(pid.read_text())))
    assert ended.stopped and ended.exit == 130
    until(lambda: not alive(int(pid.read_text())), 10)


def test_it_ends_when_its_time_is_over(tmp_path: Path) -> None:
    begin = time.monotonic()
    ended = run_p2c(hanging(tmp_path), SubprocessTerms(tmp_path / "a.log", {}, seconds=4.0))
    assert ended.stopped
    assert time.monotonic() - begin < 30


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    words = hanging(tmp_path)
    program = (
        "import sys; from pathlib import Path; from p2c.batch.subprocesses import SubprocessTerms, run_p2c\n"
        f"run_p2c({words!r}, SubprocessTerms(Path({str(tmp_path / 'a.log')!r}), {{}}))"
    )
    pid = tmp_path / "pid"
    with subprocess.Popen([sys.executable, "-c", program]) as parent:
        until(lambda: pid.exists() and pid.read_text())
        program_pid = int(pid.read_text())
        assert alive(program_pid)
        parent.kill()
    until(lambda: not alive(program_pid), 20)


def test_an_orphan_does_not_begin() -> None:
    argv = [sys.executable, str(EXEC_WITH_PARENT), str(os.getppid()), sys.executable, "-c", "print('it ran')"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, "")


def test_sigterm_is_what_it_gets() -> None:
    """SIGTERM, not SIGKILL: p2c closes its sandbox, which may be a container elsewhere."""
    code = "import ctypes; n = ctypes.c_int(); ctypes.CDLL(None).prctl(2, ctypes.byref(n)); print(n.value)"
    argv = [sys.executable, "-S", "-E", str(EXEC_WITH_PARENT), str(os.getpid()), sys.executable, "-c", code]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert int(done.stdout) == signal.SIGTERM

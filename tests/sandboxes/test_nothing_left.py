"""p2c is killed: nothing that it has started lives on, and the next start removes what lies there."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2c.sandboxes import open_sandbox
from p2c.sandboxes.base import Command
from p2c.sandboxes.options import SandboxOptions
from p2c.sandboxes.process_spawning import Spawner
from tests.sandboxes.conftest import Open, skip_without_bubblewrap
from tests.sandboxes.killing import killed

pytestmark = pytest.mark.sandbox
MOMENTS = 50


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose smoke run lasts beyond every moment."""
    (tmp_path / "main.py").write_text("import time\nfor _ in range(600):\n    time.sleep(0.1)\n")
    (tmp_path / "requirements.txt").touch()
    return tmp_path


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `unsafe` has its folders."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.mark.parametrize("name", ["local", "unsafe"])
def test_a_kill_at_any_moment_leaves_nothing(
    name: str, cache: Path, opened: Open, repository: Path, temporary: Path
) -> None:
    opened(name).close()  # the tools are there
    argv = [sys.executable, "-m", "p2c", "check", str(repository), "--sandbox", name, "--run", "python main.py"]
    moments = [random.Random(f"{name}{n}").uniform(0.1, 4.0) for n in range(MOMENTS)]
    ends = killed(argv, moments, {**os.environ, "P2C_CACHE": str(cache)})
    assert [end for end in ends if end["code"] is not None] == [], "each was killed"
    assert [end for end in ends if end["left"]] == []
    open_sandbox(name, SandboxOptions(cache=cache)).close()
    assert list((cache / "sessions").iterdir()) == [] and list((cache / "store/building").iterdir()) == []
    assert list(temporary.glob("p2c-*")) == []
    pids = {str(end["pid"]) for end in ends if name == "local"}
    assert [path for path in Path("/sys/fs/cgroup").glob("**/p2c-*-*") if path.name.split("-")[1] in pids] == []
    mounted = {line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()}
    assert [place for place in mounted if place.startswith(str(cache))] == []


WRAPPER = """
#!/bin/sh
[ -e {armed} ] || exec {bwrap} "$@"
{what}
"""
LATE = 'touch {folder}/seen; while kill -0 $(cat {armed}) 2>/dev/null; do sleep 0.02; done; exec {bwrap} "$@"'
"""bwrap begins when p2c is gone: too late to be told of it."""
HALF = "( trap '' TERM INT HUP; touch {folder}/seen; exec sleep 600 ) & exec sleep 600"
"""One half of bwrap waits for another one that is killed, and for nothing else."""
DRIVER = """
import sys
from pathlib import Path
from p2c.sandboxes import open_sandbox
from p2c.sandboxes.base import Command
from p2c.sandboxes.options import SandboxOptions
sandbox = open_sandbox("local", SandboxOptions(cache=Path(sys.argv[1])))
Path(sys.argv[2]).write_text(str(__import__("os").getpid()))
sandbox.exec(Command(("/bin/sleep", "600"), 600))
"""


@pytest.fixture
def wrapped(cache: Path) -> Iterator[Path]:
    """A folder for a program that is called instead of bwrap."""
    folder = cache / f"wrapped-{os.getpid()}"
    folder.mkdir()
    folder.chmod(0o777)
    yield folder
    subprocess.run(["rm", "-rf", str(folder)], check=True)


@pytest.mark.parametrize("what", [LATE, HALF], ids=["before it was asked to die", "between its halves"])
def test_a_kill_in_the_moments_that_bwrap_does_not_cover_leaves_nothing(
    cache: Path, wrapped: Path, what: str, opened: Open
) -> None:
    skip_without_bubblewrap()
    opened().close()
    armed, bwrap = wrapped / "armed", "/usr/bin/bwrap"
    script = what.format(armed=armed, folder=wrapped, bwrap=bwrap)
    (wrapped / "bwrap").write_text(WRAPPER.format(armed=armed, bwrap=bwrap, what=script).lstrip())
    (wrapped / "bwrap").chmod(0o755)
    # The one who kills waits for the wrapper, so that the moment is met.
    killer = f"""
        import os, signal, subprocess, sys, time
        driver = subprocess.Popen([sys.executable, "-c", {DRIVER!r}, {str(cache)!r}, {str(armed)!r}])
        while not os.path.exists({str(wrapped / "seen")!r}):
            time.sleep(0.01)
        driver.kill()
        driver.wait()
        time.sleep(60)
    """
    env = {**os.environ, "PATH": f"{wrapped}:{os.environ['PATH']}"}
    words = [sys.executable, "-c", textwrap.dedent(killer)]
    [end] = killed(words, [20.0], env, patience=1.0)
    assert (wrapped / "seen").exists() and end["code"] is None
    assert end["left"] == []


@pytest.fixture
def spawner() -> Iterator[Spawner]:
    one = Spawner(Path(sys.executable))
    yield one
    one.close()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_program_ends_with_its_code_or_signal(spawner: Spawner) -> None:
    for script, code in (("exit 7", 7), ("kill -9 $$", -9), ("true", 0)):
        child = spawner.start(["sh", "-c", script], {"PATH": "/usr/bin:/bin"})
        assert child.wait(10) == code == child.poll()
        child.close()


def test_it_has_the_descriptors_variables_and_folder_that_it_is_given(spawner: Spawner, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    text = f"""
import os, sys
shown = [os.getcwdb(), os.environb[b"ODD"], *(one.encode() for one in os.listdir("/proc/self/fd"))]
os.write({writing}, b"\\n".join(shown))
raise SystemExit(len(sys.stdin.read()))
"""
    child = spawner.start([sys.executable, "-c", text], {"ODD": "\udcff ä"}, str(tmp_path), [writing])
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        folder, odd, *numbers = stream.read().splitlines()
    assert (folder, odd) == (os.fsencode(tmp_path), b"\xff \xc3\xa4")
    assert set(map(int, numbers)) <= {0, 1, 2, 3, writing}, "one is that of looking"
    assert child.wait(10) == 0, "its standard input is empty"
    child.close()


def test_a_program_that_is_not_there_is_an_error_and_the_next_one_starts(spawner: Spawner, tmp_path: Path) -> None:
    (tmp_path / "no-program").write_text("x")
    for name, error in (
        ("no-such-program", FileNotFoundError),
        (str(tmp_path / "no-program"), PermissionError),
        ("/etc/passwd/x", NotADirectoryError),
    ):
        with pytest.raises(error):
            spawner.start([name], {"PATH": "/usr/bin"})
    child = spawner.start(["/bin/true"], {})
    assert child.wait(10) == 0
    child.close()


def test_closing_ends_daemons_too(spawner: Spawner) -> None:
    child = spawner.start(["/bin/sh", "-c", "setsid sh -c 'sleep 600 & echo $!; wait' &"], {"PATH": "/usr/bin:/bin"})
    daemon = int(child.stdout.readline())
    assert child.wait(10) == 0 and alive(daemon)
    child.close()
    spawner.close()
    assert not alive(daemon)


def test_when_the_server_is_killed_it_is_a_failing_sandbox(opened: Open) -> None:
    from p2c.errors import SandboxError

    sandbox = opened("unsafe")
    os.kill(sandbox._spawner._process.pid, signal.SIGKILL)  # type: ignore[attr-defined]
    sandbox._spawner._process.wait()  # type: ignore[attr-defined]
    started = time.monotonic()
    with pytest.raises(SandboxError, match="process that starts programs is gone"):
        sandbox.exec(Command(("/bin/true",), 60))
    assert time.monotonic() - started < 30

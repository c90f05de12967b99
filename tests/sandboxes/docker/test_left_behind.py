"""p2c is killed while it uses an engine: no container lives on, and the next start removes what lies there."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from p2c.errors import SandboxError
from p2c.sandboxes import open_sandbox, session_locks
from p2c.sandboxes.base import Command
from p2c.sandboxes.docker.container_roles import BUILDER
from p2c.sandboxes.docker.engine import Engine
from p2c.sandboxes.docker.sandbox import DockerSandbox
from p2c.sandboxes.options import SandboxOptions
from tests.sandboxes.conftest import skip_without_engine
from tests.sandboxes.killing import killed
from tests.sandboxes.test_sharing import project

pytestmark = pytest.mark.sandbox
MOMENTS = int(os.environ.get("P2C_TEST_KILLS", "10"))
PATIENCE = 10.0


class Left:
    """What the engine has of the sessions with one cache, whoever else uses it.

    Containers that live when it is made are not counted: other tests of this process share one sandbox on this cache.
    """

    def __init__(self, cache: Path) -> None:
        self._cache = str(cache)
        self._engine = Engine()
        self._others: frozenset[str] = frozenset()
        self._others = frozenset(self.running())

    def running(self) -> list[str]:
        """The containers that live."""
        found = self._engine._client.api.containers(filters={"label": session_locks.SESSION})
        ours = [one["Id"] for one in found if one["Labels"][session_locks.LEASE].startswith(self._cache)]
        return [name for name in ours if name not in self._others]

    def anything(self) -> list[str]:
        """The sessions of which containers or volumes are there."""
        found = [one.labels for one in self._engine.owned(session_locks.SESSION)]
        return [one[session_locks.SESSION] for one in found if one[session_locks.LEASE].startswith(self._cache)]

    def running_later(self) -> list[str]:
        """Those that live even after a while."""
        deadline = time.monotonic() + PATIENCE
        while self.running() and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.running()

    def close(self) -> None:
        self._engine.close()


@pytest.fixture
def options(cache: Path) -> SandboxOptions:
    # A cache folder of their own tells these sessions from all others; the store is one with other tests' tools.
    return SandboxOptions(cache=cache, image=skip_without_engine())


@pytest.fixture
def left(options: SandboxOptions) -> Iterator[Left]:
    open_sandbox("docker", options).close()  # the tools are there
    assert options.cache is not None
    one = Left(options.cache)
    yield one
    one.close()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose requirements are built, and whose smoke run lasts beyond every moment."""
    files = {
        **project("mylib", "me"),
        "requirements.txt": "./vendor/mylib\n",
        "main.py": "import time\nfor _ in range(600):\n    time.sleep(0.1)\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_a_kill_at_any_moment_leaves_nothing_that_lives(options: SandboxOptions, left: Left, repository: Path) -> None:
    before = set(left.anything())
    words = ["--sandbox", "docker", "--image", options.image, "--run", "python main.py"]
    argv = [sys.executable, "-m", "p2c", "check", str(repository), *words]
    moments = [random.Random(f"docker{n}").uniform(0.1, 12.0) for n in range(MOMENTS)]
    env = {**os.environ, "P2C_CACHE": str(options.cache)}
    ends = killed(argv, moments, env, patience=PATIENCE, beside=2)
    assert [end for end in ends if end["code"] is not None] == [], "each was killed"
    assert [end for end in ends if end["left"]] == [], "no process of this machine is left"
    assert left.running_later() == []
    assert set(left.anything()) - before, "some were killed while they had volumes"
    sandbox = DockerSandbox(options)
    assert set(left.anything()) - before == {sandbox._lease.id}
    assert built(sandbox) <= before, "only those who live build"
    sandbox.close()
    assert set(left.anything()) - before == set()


def built(sandbox: DockerSandbox) -> set[str]:
    """The sessions that have something half built in the store."""
    found = b""
    with sandbox._containers.building.acquire(60) as cell:
        seen = cell.container.exec(["ls", "/store/building"], BUILDER, {}, ("/", False))
        while not seen.ended:
            found += b"".join(data for name, data in seen.read(1.0) if name == "stdout")
    return {name.partition("-")[0] for name in found.decode().split()}


FORGETFUL = """
import os, signal, sys
from p2c.sandboxes.docker import engine
def kill(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)
api = engine.docker.APIClient
what, when = sys.argv[1], sys.argv[2]
old = getattr(api, what)
def killed(self, *given, **named):
    if when == "before":
        kill()
    found = old(self, *given, **named)
    kill()
setattr(api, what, killed)
from pathlib import Path
from p2c.sandboxes.docker.sandbox import DockerSandbox
from p2c.sandboxes.options import SandboxOptions
DockerSandbox(SandboxOptions(cache=Path(sys.argv[3]), image=sys.argv[4]))
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["create_container", "attach_socket", "start", "exec_create", "exec_start"])
def test_a_kill_between_any_two_steps_of_a_container_leaves_nothing_that_lives(
    options: SandboxOptions, left: Left, what: str, when: str
) -> None:
    before = set(left.anything())
    words = [sys.executable, "-c", FORGETFUL, what, when, str(options.cache), options.image]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    assert left.running_later() == []
    open_sandbox("docker", options).close()
    assert set(left.anything()) - before == set()


def test_a_container_lives_while_p2c_does(options: SandboxOptions, left: Left) -> None:
    """The reverse: nobody but p2c's end, or its own, ends one."""
    sandbox = DockerSandbox(options)
    assert sandbox.exec(Command(("true",), 20)).ok
    mine = set(left.running())  # one, and another if there was something to tidy up
    assert mine and sandbox.exec(Command(("sleep", "3"), 20)).ok
    assert set(left.running()) == mine
    sandbox.close()


def test_what_was_half_built_goes_although_the_container_that_built_it_has_gone(options: SandboxOptions) -> None:
    sandbox = DockerSandbox(options)
    sandbox.choose_environment("abcdef01" * 2)
    with pytest.raises(SandboxError, match="it broke"), sandbox._containers.building.acquire(60):
        raise SandboxError("it broke")
    assert sandbox._lease.id in built(sandbox)
    with pytest.raises(SandboxError, match="it broke"), sandbox._containers.building.acquire(60):
        raise SandboxError("it broke")
    sandbox.close()
    with contextlib.closing(DockerSandbox(options)) as other:
        assert sandbox._lease.id not in built(other)


@pytest.mark.parametrize("dies", ["before", "whenever it is used"])
def test_what_was_half_built_goes_although_containers_die(
    options: SandboxOptions, left: Left, dies: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = DockerSandbox(options)
    sandbox.choose_environment("abcdef02" * 2)
    building = sandbox._containers.building
    [cell] = building._all
    if dies == "before":
        cell.container.remove()
    else:
        monkeypatch.setattr(building, "_make", lambda life: dead())
        cell.container.remove()
    sandbox.close()
    assert (sandbox._lease.id in left.anything()) == (dies != "before"), "what names it stays as long as it is there"
    with contextlib.closing(DockerSandbox(options)) as other:
        assert sandbox._lease.id not in built(other) and sandbox._lease.id not in left.anything()


def dead() -> NoReturn:
    raise SandboxError("the engine makes no more containers")


STARTER = """
import sys
from pathlib import Path
from p2c.repo import Repo
from p2c.sandboxes.base import Command
from p2c.sandboxes.docker.sandbox import DockerSandbox
from p2c.sandboxes.options import SandboxOptions
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    sandbox = DockerSandbox(SandboxOptions(cache=Path(sys.argv[1]), image=sys.argv[2]))
    sandbox.put(Repo({"a.txt": sys.argv[4]}))
    sandbox.set_network("install")
    said = sandbox.exec(Command(("cat", "a.txt"), 60)).stdout
    sandbox.choose_environment(f"{number:08x}")
    sandbox.set_network("none")
    said += sandbox.exec(Command(("cat", "a.txt"), 60)).stdout
    assert said == 2 * sys.argv[4], said
    sandbox.close()
print("done", flush=True)
"""


def test_two_that_start_at_the_same_moment_do_not_remove_each_others_containers(
    options: SandboxOptions, left: Left
) -> None:
    """What `p2c batch --sandbox docker --workers 2` does, again and again, on one cache."""
    words = [sys.executable, "-c", STARTER, str(options.cache), options.image, "4"]
    both = [
        subprocess.Popen(
            [*words, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for name in ("one", "two")
    ]
    for one in both:
        assert one.stdout is not None and one.stdout.readline() == "ready\n"
    for one in both:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    for one in both:
        out, err = one.communicate(timeout=600)
        assert (out, one.returncode) == ("done\n", 0), err
    assert left.running() == []

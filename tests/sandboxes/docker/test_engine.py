"""What is particular to containers: how they are made, what a killed p2c leaves, and what the engine's framing is."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest

from p2c.errors import SandboxError, UsageError
from p2c.repo import Repo
from p2c.sandboxes import open_sandbox, probe, session_locks
from p2c.sandboxes.base import Command, ExecResult
from p2c.sandboxes.docker.container_roles import BUILDER, building_places, store_name
from p2c.sandboxes.docker.engine import Engine, _gpus, _host_config
from p2c.sandboxes.docker.sandbox import DockerSandbox
from p2c.sandboxes.docker.setup import default_image, enforced
from p2c.sandboxes.docker.specs import ContainerSpec, StreamDemuxer, name_and_tag
from p2c.sandboxes.environments.refused_hosts import refused_hosts
from p2c.sandboxes.in_sandbox import _p2c_files
from p2c.sandboxes.options import ResourceLimits, SandboxOptions
from tests.sandboxes.conftest import skip_without_engine
from tests.sandboxes.environments.test_environments import WHEELS_ONLY, Counted, write_index, write_wheel

KEY = "0badc0de0badc0de"
MIB = 1 << 20
sandboxed = pytest.mark.sandbox


@pytest.fixture(scope="module")
def options(cache: Path) -> SandboxOptions:
    image = skip_without_engine()
    return SandboxOptions(limits=ResourceLimits(memory=1 << 30), cache=cache, image=image)


@pytest.fixture
def box(options: SandboxOptions) -> Iterator[DockerSandbox]:
    sandbox = DockerSandbox(options)
    yield sandbox
    sandbox.close()


def python(sandbox: DockerSandbox, program: str, timeout: float = 30, **env: str) -> ExecResult:
    return sandbox.exec(Command(("python3", "-c", program), timeout, env))


def uv(sandbox: DockerSandbox, *words: str, **env: str) -> ExecResult:
    sandbox.set_network("install")
    return sandbox.exec(Command((f"{sandbox.places.tools}/bin/uv", *words), 60, env))


def owned(sandbox: DockerSandbox) -> list[dict[str, Any]]:
    """What the engine says of the session's containers."""
    client = docker.from_env()
    label = f"{session_locks.SESSION}={sandbox._lease.id}"
    found = [client.api.inspect_container(one["Id"]) for one in client.api.containers(filters={"label": label})]
    client.close()
    return found


@sandboxed
def test_every_container_is_shut_in(box: DockerSandbox) -> None:
    python(box, "1")
    box.choose_environment(KEY)
    assert uv(box, "venv", "-q", box.places.environment).ok
    python(box, "1")
    found = owned(box)
    for one in found:
        host = one["HostConfig"]
        # The way to the package index needs none, and the engine's networks lead to more than that.
        assert host["NetworkMode"] == "none"
        assert host["ReadonlyRootfs"] and not host["Privileged"] and host["CapDrop"] == ["ALL"] and not host["CapAdd"]
        assert host["SecurityOpt"] == ["no-new-privileges:true"]
        assert host["Memory"] == host["MemorySwap"] > 0 and host["PidsLimit"] > 0 and host["AutoRemove"]
        assert one["Config"]["OpenStdin"] and one["Config"]["StdinOnce"] and one["Config"]["Cmd"][::2] == [
            "timeout", "cat",
        ]  # fmt: skip
        assert {limit["Name"] for limit in host["Ulimits"]} >= {"core", "nofile"}
        writable = {mount["Destination"] for mount in one["Mounts"] if mount["RW"]}
        # What code of packages can run in never writes to the store; what writes to the store, nowhere else, and it
        # sees nothing that a program could have written but what is to be sealed.
        assert writable == {"/store"} or "/store" not in writable
        if writable == {"/store"}:
            volumes = {mount["Destination"] for mount in one["Mounts"] if mount["Type"] == "volume"}
            assert volumes == {"/store", "/own"}
        sizes = [
            int(dict(part.partition("=")[::2] for part in text.split(","))["size"]) for text in host["Tmpfs"].values()
        ]
        assert sum(sizes) + host["ShmSize"] < host["Memory"] / 2
    assert len(found) == 3


@sandboxed
def test_programs_have_no_privilege_and_no_network_device(box: DockerSandbox) -> None:
    seen = python(box, "print(open('/proc/self/status').read())").stdout
    assert "CapEff:\t0000000000000000" in seen and "CapBnd:\t0000000000000000" in seen
    assert "NoNewPrivs:\t1" in seen and "Seccomp:\t2" in seen and "Uid:\t1000\t1000" in seen
    assert python(box, "import os; print(sorted(os.listdir('/sys/class/net')))").stdout == "['lo']\n"


@sandboxed
def test_what_is_temporary_does_not_pass_from_one_command_to_the_next(box: DockerSandbox) -> None:
    plant = (
        "import os\nfor d in ('/tmp', '/dev/shm', os.environ['HOME']): os.makedirs(d + '/a/b'); os.chmod(d + '/a', 0)"
    )
    assert python(box, plant).ok
    look = "import os; print([os.listdir(d) for d in ('/tmp', '/dev/shm', os.environ['HOME'])])"
    assert python(box, look).stdout == "[[], [], []]\n"


@sandboxed
def test_short_programs_never_lose_their_output(box: DockerSandbox) -> None:
    assert [box.exec(Command(("echo", str(n)), 20)).stdout for n in range(12)] == [f"{n}\n" for n in range(12)]


@sandboxed
def test_memory_that_stays_after_a_program_does_not_break_the_sandbox(options: SandboxOptions) -> None:
    sandbox = DockerSandbox(replace(options, limits=ResourceLimits(memory=200 * MIB)))
    # A segment of System V shared memory belongs to no process: it outlives the kill, and is charged.
    hold = (
        "import ctypes; c = ctypes.CDLL(None); c.shmat.restype = ctypes.c_void_p; i = c.shmget(0, 300 << 20, 0o1600);"
        "a = c.shmat(i, None, 0); ctypes.memset(ctypes.c_void_p(a), 1, 300 << 20)"
    )
    sandbox.put(Repo({"kept.txt": "kept"}))
    assert python(sandbox, hold).oom_killed
    assert python(sandbox, "print(open('kept.txt').read(), len(bytearray(50 << 20)))").stdout == "kept 52428800\n"
    sandbox.close()


@sandboxed
def test_processes_that_stay_after_a_program_do_not_break_the_sandbox(options: SandboxOptions) -> None:
    sandbox = DockerSandbox(replace(options, limits=ResourceLimits(memory=1 << 30, processes=30)))
    # As soon as one ends, another takes its place: nothing that p2c starts finds room to tidy up.
    fill = """
import os, time
def fill():
    while True:
        try:
            if os.fork() == 0:
                continue
        except OSError:
            time.sleep(0.001)
if os.fork() == 0:
    fill()
time.sleep(1)
print("done")
"""
    sandbox.put(Repo({"kept.txt": "kept"}))
    for _ in range(2):
        assert python(sandbox, fill, timeout=20).stdout == "done\n", "a result, whatever it was ended by"
        assert python(sandbox, "print(open('kept.txt').read())").stdout == "kept\n"
    sandbox.close()


@sandboxed
def test_the_person_s_proxies_and_settings_do_not_reach_programs(
    options: SandboxOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = {"httpProxy": "http://me:s3cret-word@proxy:1"}
    (tmp_path / "config.json").write_text(json.dumps({"proxies": {"default": proxy}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    sandbox = DockerSandbox(options)
    assert "s3cret-word" not in python(sandbox, "import os; print(dict(os.environ))").stdout
    assert "s3cret-word" not in json.dumps(owned(sandbox))
    sandbox.close()


@sandboxed
def test_credentials_reach_only_what_runs_no_code_of_packages(options: SandboxOptions) -> None:
    index = "http://reader:s3cret-word@198.51.100.1:9/simple"
    sandbox = DockerSandbox(options, {"HOME": "/nonexistent", "UV_DEFAULT_INDEX": index, "UV_HTTP_RETRIES": "0"})
    sandbox.put(Repo({"r.txt": "demo\n"}))
    said = uv(sandbox, "-v", "pip", "compile", *WHEELS_ONLY, "r.txt", UV_HTTP_TIMEOUT="1")
    assert not said.ok and "198.51.100.1" in said.stderr and "s3cret-word" not in said.stderr + said.stdout
    look = "import os; print(str(dict(os.environ))[::-1])"
    for mode in ("install", "none"):
        sandbox.set_network(mode)  # type: ignore[arg-type]
        assert "s3cret-word" not in python(sandbox, look).stdout[::-1]
    assert "s3cret-word" not in json.dumps(owned(sandbox))
    sandbox.close()


@pytest.fixture
def index(cache: Path) -> Path:
    root = cache / "index-docker"
    if not root.is_dir():
        write_wheel(root / "files", "demo", "2.0")
        pth = "import os; print(os.access('/store', os.W_OK), file=open('/scratch/pth', 'a'))\n"
        write_wheel(root / "files", "evil", "1.0", {"evil.pth": pth})
        write_index(root)
    return root


@pytest.fixture
def configured(options: SandboxOptions, index: Path) -> Iterator[DockerSandbox]:
    DockerSandbox(options).close()  # the tools come from the real index
    sandbox = DockerSandbox(options, {"HOME": "/nonexistent", "UV_DEFAULT_INDEX": f"file://{index}/simple"})
    yield sandbox
    sandbox.close()


@sandboxed
def test_an_environment_is_linked_from_the_cache_and_nobody_writes_to_it(configured: DockerSandbox) -> None:
    box = configured
    key = os.urandom(8).hex()
    assert box.choose_environment(key) is False
    own = f"{box.places.environment}/bin/python"
    assert uv(box, "venv", "-q", box.places.environment).ok
    done = uv(box, "pip", "install", *WHEELS_ONLY, "--python", own, "demo")
    assert done.ok, done.stderr
    box.seal_environment()
    look = "import demo, os; print(demo.version, os.stat(demo.__file__).st_nlink > 1)"
    write = "import demo; open(demo.__file__, 'a').write('poisoned = 1')"
    for mode in ("none", "install"):
        box.set_network(mode)  # type: ignore[arg-type]
        assert box.exec(Command((own, "-c", look), 30)).stdout == "2.0 True\n"
        assert "Permission denied" in box.exec(Command((own, "-c", write), 30)).stderr
        chmod = "import demo, os; os.chmod(demo.__file__, 0o777)"
        assert "Read-only file system" in box.exec(Command((own, "-c", chmod), 30)).stderr
        hidden = python(box, "import os\nfor d in ('uv', 'environments'): os.listdir('/store/' + d)")
        assert "PermissionError" in hidden.stderr
    assert box.choose_environment(key) is True


@sandboxed
def test_code_of_packages_never_meets_the_shared_cache(configured: DockerSandbox) -> None:
    box = configured
    box.choose_environment(os.urandom(8).hex())
    own = f"{box.places.environment}/bin/python"
    assert uv(box, "venv", "-q", box.places.environment).ok
    assert uv(box, "pip", "install", *WHEELS_ONLY, "--python", own, "evil").ok
    assert uv(box, "pip", "install", *WHEELS_ONLY, "--python", own, "demo").ok  # asks the interpreter: runs evil.pth
    assert set((box.get("/scratch/pth") or b"").split()) == {b"False"}
    box.seal_environment()
    box.set_network("none")
    assert box.exec(Command((own, "-c", "import demo; print(demo.version)"), 30)).stdout == "2.0\n"


@sandboxed
def test_an_index_on_the_loopback_is_reached_as_it_is_named(options: SandboxOptions, index: Path) -> None:
    counted = Counted(index)
    environ = {"HOME": "/x", "UV_DEFAULT_INDEX": counted.address, "HTTP_PROXY": "http://127.0.0.1:9"}
    DockerSandbox(options).close()  # the tools come from the real index
    sandbox = DockerSandbox(options, environ)
    begun(sandbox)
    own = f"{sandbox.places.environment}/bin/python"
    for wheels_only in (WHEELS_ONLY, ()):
        done = uv(sandbox, "pip", "install", *wheels_only, "--reinstall", "--python", own, "demo")
        assert done.ok, done.stderr
        assert counted.fetched() == ["demo-2.0-py3-none-any.whl"], "each from a cache of its own"
    sandbox.close()
    counted.close()


@sandboxed
def test_a_host_that_is_allowed_by_name_is_reached(options: SandboxOptions, index: Path) -> None:
    counted = Counted(index)
    host, look = (
        counted.address.split("/")[2],
        f"import urllib.request as u; print(u.urlopen('{counted.address}/').status)",
    )
    for allowed, said in (((), ""), ((host,), "200\n")):
        sandbox = DockerSandbox(replace(options, allow_hosts=allowed), {"HOME": "/x", "UV_DEFAULT_INDEX": "file:///x"})
        sandbox.set_network("install")
        done = python(sandbox, look)
        assert done.stdout == said and (refused_hosts(done.stderr) == ()) == bool(said)
        sandbox.set_network("none")
        assert not python(sandbox, look).ok
        sandbox.close()
    counted.close()


def begun(sandbox: DockerSandbox) -> None:
    """Choose an environment of one's own and begin it."""
    assert sandbox.choose_environment(os.urandom(8).hex()) is False
    assert uv(sandbox, "venv", "-q", sandbox.places.environment).ok


DRIVER = """
import os, sys
from pathlib import Path
from p2c.sandboxes import open_sandbox
from p2c.sandboxes.base import Command
from p2c.sandboxes.options import SandboxOptions
sandbox = open_sandbox("docker", SandboxOptions(cache=Path(sys.argv[1]), image=sys.argv[2]))
sandbox.choose_environment(os.urandom(8).hex())
print(sandbox._lease.id, flush=True)
sandbox.exec(Command(("python3", "-c", "import time; print('on', flush=True); time.sleep(99)"), 120),
             lambda name, text: print(text, end="", flush=True))
"""


@sandboxed
def test_what_a_killed_p2c_leaves_is_removed_at_the_next_start(options: SandboxOptions, box: DockerSandbox) -> None:
    argv = [sys.executable, "-c", DRIVER, str(options.cache), options.image]
    driver = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert driver.stdout is not None
    session = driver.stdout.readline().strip()
    assert driver.stdout.readline() == "on\n"
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    driver.stdout.close()
    engine = Engine()
    label = f"{session_locks.SESSION}={session}"
    deadline = time.monotonic() + 10
    while len(list(engine.owned(label))) > 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(list(engine.owned(label))) == 4, "four volumes; the containers have ended by themselves"
    with box._containers.building.acquire(60) as cell:
        assert cell.own(BUILDER, "is_there", building_places(session)[0])[0] == 0
        open_sandbox("docker", options).close()
        assert list(engine.owned(label)) == []
        assert cell.own(BUILDER, "is_there", building_places(session)[0])[0] == _p2c_files.NONE
    assert owned(box), "the sessions of those that live are left alone"
    engine.close()


@sandboxed
def test_close_leaves_nothing(box: DockerSandbox) -> None:
    engine = Engine()
    label = f"{session_locks.SESSION}={box._lease.id}"
    assert len(list(engine.owned(label))) >= 5
    box.close()
    assert list(engine.owned(label)) == []
    engine.close()


@sandboxed
def test_a_container_that_is_gone_is_a_failing_sandbox_and_is_replaced(box: DockerSandbox) -> None:
    box.put(Repo({"a.txt": "kept"}))
    remove = lambda: subprocess.run(["docker", "rm", "-f", *[c["Id"] for c in owned(box)]], check=True, stdout=-3)  # noqa: E731
    threading.Timer(1.0, remove).start()
    with pytest.raises(SandboxError):
        python(box, "import time; time.sleep(20)")
    assert python(box, "print(open('a.txt').read())").stdout == "kept\n"


@sandboxed
def test_an_image_that_cannot_be_had_says_what_to_do(options: SandboxOptions) -> None:
    with pytest.raises(SandboxError, match=r"not available and cannot be pulled[\s\S]*--image"):
        DockerSandbox(replace(options, image="localhost:1/no/such:image"))
    with pytest.raises(SandboxError, match=r"no Python >=3\.99[\s\S]*--image"):
        DockerSandbox(replace(options, python=">=3.99"))


def test_an_engine_that_does_not_answer_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(SandboxError, match=r"no Docker engine answers[\s\S]*DOCKER_HOST"):
        probe("docker")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use every socket")
def test_a_socket_that_one_may_not_use_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "docker.sock"))
        (tmp_path / "docker.sock").chmod(0)
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
        with pytest.raises(SandboxError, match="usermod"):
            probe("docker")


def test_frames_are_told_apart_wherever_they_are_cut() -> None:
    said = [(1, b"out"), (2, b"error" * 9), (1, b""), (1, bytes(range(256)))]
    data = b"".join(struct.pack(">BxxxL", kind, len(part)) + part for kind, part in said)
    for step in (1, 2, 7, 8, 9, 50, len(data)):
        frames = StreamDemuxer()
        found = [one for at in range(0, len(data), step) for one in frames.feed(data[at : at + step])]
        assert b"".join(part for name, part in found if name == "stdout") == b"out" + bytes(range(256))
        assert b"".join(part for name, part in found if name == "stderr") == b"error" * 9


def test_gpus_are_asked_for_by_all_a_number_or_names() -> None:
    assert _gpus("all")["Count"] == -1 and _gpus("2")["Count"] == 2
    assert _gpus("device=0,3")["DeviceIDs"] == ["0", "3"]
    for word in ("", "many", "-1"):
        with pytest.raises(UsageError, match="--gpus"):
            _gpus(word)
    shape = ContainerSpec("image", network=False, volumes=[], labels={}, temporary={}, gpus="all")
    assert _host_config(shape)["device_requests"] == [_gpus("all")]
    assert _host_config(replace(shape, gpus=""))["device_requests"] is None


def test_images_are_named_with_their_tag() -> None:
    assert name_and_tag("python:3.11-slim") == ("python", "3.11-slim")
    assert name_and_tag("localhost:5000/a/b") == ("localhost:5000/a/b", "latest")
    assert name_and_tag("a@sha256:00ff") == ("a@sha256:00ff", None)
    assert [default_image(spec) for spec in ("", ">=3.12", "3.10", "<3.12")] == [
        "python:3.11-slim", "python:3.12-slim", "python:3.10-slim", "python:3.11-slim",
    ]  # fmt: skip


def test_what_an_engine_does_not_limit_is_not_declared() -> None:
    assert {"memory", "processes"} <= enforced({"MemoryLimit": True, "PidsLimit": True})
    assert not {"memory", "processes"} & enforced({"MemoryLimit": False, "PidsLimit": False})


def test_each_cache_folder_has_a_store_of_its_own(tmp_path: Path) -> None:
    assert store_name(None) == "p2c-store" and store_name(tmp_path) != store_name(tmp_path / "x")

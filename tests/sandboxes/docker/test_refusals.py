"""What is asked of an engine, to the letter, and what it says when it refuses: always what to do, never a finding."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from p2c.cli import cli
from p2c.errors import SandboxError
from p2c.sandboxes import probe
from p2c.sandboxes.base import Command
from p2c.sandboxes.docker.engine import Engine
from p2c.sandboxes.docker.pooled_container import PooledContainer
from p2c.sandboxes.docker.sandbox import DockerSandbox
from p2c.sandboxes.docker.setup import enforced
from p2c.sandboxes.docker.specs import ContainerSpec
from p2c.sandboxes.options import ResourceLimits, SandboxOptions
from tests.sandboxes.conftest import skip_without_engine
from tests.servers.docker_server import ABOUT, DockerServer

FULL = "failed to register layer: write /var/lib/x: no space left on device"
CREATE = "POST /containers/create"
MIB = 1 << 20


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[DockerServer]:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, DockerServer(Path(folder) / "docker.sock") as server:
        for name in [one for one in os.environ if one.startswith("DOCKER_")]:
            monkeypatch.delenv(name)
        for name, value in server.environ.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo/main.py").write_text("print(1)\n")
    return tmp_path / "repo"


def refused(options: SandboxOptions) -> SandboxError:
    with pytest.raises(SandboxError) as caught:
        DockerSandbox(options)
    return caught.value


def test_what_the_person_asks_for_reaches_the_engine(engine: DockerServer, repository: Path, tmp_path: Path) -> None:
    engine.answers[CREATE] = (409, {"message": "enough"})
    words = ("--sandbox", "docker", "--image", "mine:1", "--gpus", "device=0,3", "--cpus", "1.5")
    done = CliRunner().invoke(cli, ["check", str(repository), *words], env={"P2C_CACHE": str(tmp_path / "cache")})
    assert done.exit_code == 3 and "enough" in done.output
    assert ("GET /images/mine:1/json", None) in engine.asked
    [body] = engine.bodies(CREATE)
    host = body["HostConfig"]
    assert host["DeviceRequests"] == [
        {"Driver": "", "Count": 0, "DeviceIDs": ["0", "3"], "Capabilities": [["gpu"]], "Options": {}}
    ]
    assert host["NanoCpus"] == 1_500_000_000 and host["CpuShares"] == 512
    assert not host.get("Privileged") and host["CapDrop"] == ["ALL"] and "CapAdd" not in host
    assert host["SecurityOpt"] == ["no-new-privileges:true"] and host["ReadonlyRootfs"] is True
    assert host["NetworkMode"] == "none" and host["AutoRemove"] is True and host["Init"] is True
    assert 0 < host["Memory"] == host["MemorySwap"] <= 8 << 30
    assert host["PidsLimit"] == ResourceLimits().processes + 4
    assert {one["Name"]: one["Hard"] for one in host["Ulimits"]} == {
        "core": 0, "nofile": ResourceLimits().open_files, "fsize": ResourceLimits().file_size,
    }  # fmt: skip
    assert set(host["Tmpfs"]) == {"/tmp", "/home/p2c", "/p2c"} and not host.get("Binds")
    assert {one["Type"] for one in host["Mounts"]} == {"volume"}
    assert body["Cmd"][::2] == ["timeout", "cat"] and body["OpenStdin"] and body["StdinOnce"]
    assert set(body["Labels"]) == {"p2c.session", "p2c.machine", "p2c.lease"}


def test_without_being_asked_there_are_no_gpus_and_a_slim_python(engine: DockerServer, tmp_path: Path) -> None:
    engine.answers[CREATE] = (409, {"message": "enough"})
    refused(SandboxOptions(cache=tmp_path, python=">=3.12"))
    assert ("GET /images/python:3.12-slim/json", None) in engine.asked
    [body] = engine.bodies(CREATE)
    assert not body["HostConfig"].get("DeviceRequests") and not body["HostConfig"].get("NanoCpus")


@pytest.mark.parametrize(
    ("what", "status", "said", "hint"),
    [
        (CREATE, 500, FULL, "docker system prune"),
        ("POST /volumes/create", 500, FULL, "docker system prune"),
        (CREATE, 500, "could not select device driver \"\" with capabilities: [[gpu]]", "NVIDIA container toolkit"),
        (CREATE, 500, "exec: \"docker-init\": executable file not found", "tini"),
        ("GET /containers/json", 403, "permission denied", "usermod"),
    ],
)  # fmt: skip
def test_what_an_engine_refuses_is_an_error_that_says_what_to_do(
    engine: DockerServer, tmp_path: Path, what: str, status: int, said: str, hint: str
) -> None:
    engine.answers[what] = (status, {"message": said})
    error = refused(SandboxOptions(cache=tmp_path))
    assert said in error.message and hint in error.hint
    assert list((tmp_path / "docker").glob("*.lock")) == []


def test_an_image_that_no_disk_has_room_for(engine: DockerServer, tmp_path: Path) -> None:
    engine.answers[r"GET /images/.*/json"] = (404, {"message": "No such image"})
    for answer in ((500, {"message": FULL}), (200, {"status": "Pulling", "error": FULL})):
        engine.answers["POST /images/create"] = answer
        error = refused(SandboxOptions(cache=tmp_path))
        assert "is not available" in error.message and FULL in error.message and "prune" in error.hint


def test_an_engine_that_limits_nothing_declares_nothing(engine: DockerServer) -> None:
    engine.answers["GET /info"] = (200, {**ABOUT, "MemoryLimit": False, "PidsLimit": False})
    assert not {"memory", "processes"} & enforced(Engine().about)
    assert [one for one in probe("docker") if one.startswith("warning")] == [
        "warning: the engine does not filter system calls (no seccomp)",
        "warning: its kernel does not limit memory",
        "warning: its kernel does not limit processes",
    ]


def test_without_an_engine_the_command_line_ends_with_3(repository: Path, tmp_path: Path) -> None:
    env = {"DOCKER_HOST": f"unix://{tmp_path}/none.sock", "P2C_CACHE": str(tmp_path / "cache")}
    done = CliRunner().invoke(cli, ["check", str(repository), "--sandbox", "docker", "--format", "json"], env=env)
    assert done.exit_code == 3 and "no Docker engine answers" in done.output and "systemctl start docker" in done.output


PROBE = """
from p2c.errors import SandboxError
from p2c.sandboxes import probe
try:
    probe("docker")
except SandboxError as error:
    print(error.hint)
"""


def test_a_socket_that_one_may_not_use_says_so(engine: DockerServer) -> None:
    engine.place.parent.chmod(0o755)
    engine.place.chmod(0o600 if os.geteuid() == 0 else 0)
    # Root may use every socket, so somebody else has to try.
    other = ["setpriv", "--reuid", "61001", "--regid", "61001", "--clear-groups"] if os.geteuid() == 0 else []
    root = Path(__file__).parents[3]
    if other and not all(one.stat().st_mode & 0o001 for one in (root, *root.parents, *Path(sys.executable).parents)):
        pytest.skip("p2c lies where another user cannot read it")
    env = {**os.environ, "HOME": "/nonexistent"}
    done = subprocess.run(
        [*other, sys.executable, "-c", PROBE], cwd=root, env=env, capture_output=True, text=True, check=True
    )
    assert "usermod -aG docker" in done.stdout, done.stderr


@pytest.mark.sandbox
def test_gpus_that_are_not_there_are_refused_by_a_real_engine(cache: Path) -> None:
    options = SandboxOptions(cache=cache, image=skip_without_engine(), gpus="all")
    if "nvidia" in json.dumps(Engine().about.get("Runtimes")).lower():
        pytest.skip("this engine has GPUs")
    assert "NVIDIA container toolkit" in refused(options).hint


@pytest.mark.sandbox
def test_a_disk_that_is_full_inside_is_no_fault_of_the_repository() -> None:
    engine = Engine()
    image = engine.image(skip_without_engine())
    spec = ContainerSpec(image.id, network=False, volumes=[], labels={}, temporary={"/small": "rw,size=1m"}, life=60)
    cell = PooledContainer(engine.run(spec), 1 << 30, 60)
    with pytest.raises(SandboxError, match="disk is full"):
        cell.write("0:0", "/small", [("big", 0o644, b"x" * 16 * MIB)])
    cell.container.remove()
    engine.close()


@pytest.mark.sandbox
def test_cpus_are_limited(cache: Path) -> None:
    options = SandboxOptions(ResourceLimits(memory=512 * MIB), cache=cache, image=skip_without_engine())
    burn = """
import os, time
end, parent = time.monotonic() + 3, os.fork()
while time.monotonic() < end:
    pass
if parent:
    os.wait()
print(time.process_time(), flush=True)
"""
    sandbox = DockerSandbox(replace(options, cpus=0.2))
    used = sum(map(float, sandbox.exec(Command(("python3", "-c", burn), 60)).stdout.split()))
    sandbox.close()
    assert 0 < used < 1.5, "two busy processes for three seconds have a fifth of a CPU"

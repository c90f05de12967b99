"""Sandboxes for the tests: one cache for all of them, so that the tools are installed once."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from e2b.connection_config import ConnectionConfig

from p2c.errors import SandboxError
from p2c.repo import Repo
from p2c.sandboxes import open_sandbox, probe
from p2c.sandboxes.base import Sandbox
from p2c.sandboxes.docker.container_roles import store_name
from p2c.sandboxes.docker.engine import Engine
from p2c.sandboxes.options import ResourceLimits, SandboxOptions
from p2c.sandboxes.safe_files import remove
from tests.servers.e2b_server import E2BServer

Open = Callable[..., Sandbox]
Mount = Callable[[Path, str], None]


@pytest.fixture(scope="session")
def cache() -> Iterator[Path]:
    """A cache that the sandbox's unprivileged user can reach (pytest's own folders are closed to others)."""
    folder = Path(tempfile.mkdtemp(prefix="p2c-tests-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    remove(folder)
    remove_store(folder)


class Shared:
    """One sandbox of containers for many tests, because making one takes a second; made anew where it was closed."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._sandbox: Sandbox | None = None

    def fresh(self) -> Sandbox:
        """Return it with an empty workspace and without network."""
        try:
            if self._sandbox is not None:
                self._reset(self._sandbox)
                return self._sandbox
        except SandboxError:
            pass
        limits = replace(ResourceLimits(), memory=2 << 30)
        self._sandbox = open_sandbox("docker", SandboxOptions(limits, cache=self._cache, image=skip_without_engine()))
        return self._sandbox

    def _reset(self, sandbox: Sandbox) -> None:
        sandbox.set_network("none")
        sandbox.put(Repo({}))

    def close(self) -> None:
        """Leave nothing."""
        if self._sandbox is not None:
            self._sandbox.close()


@pytest.fixture(scope="session")
def shared(cache: Path) -> Iterator[Shared]:
    """The one above."""
    holder = Shared(cache)
    yield holder
    holder.close()


def remove_store(cache: Path) -> None:
    """Remove the volume that containers used as the cache, where there is an engine."""
    try:
        engine = Engine()
    except SandboxError:
        return
    engine.remove_volume(store_name(cache))
    engine.close()


@pytest.fixture
def e2b(monkeypatch: pytest.MonkeyPatch) -> Iterator[E2BServer | None]:
    """The protocol's server, with the SDK pointed to it; None where P2C_E2B_LIVE=1 asks for the real service."""
    if os.environ.get("P2C_E2B_LIVE") == "1":
        yield None
        return
    with E2BServer() as server:
        for name in [one for one in os.environ if one.startswith("E2B_")]:
            monkeypatch.delenv(name)
        for name, value in server.environ.items():
            monkeypatch.setenv(name, value)
        assert_loopback()
        yield server


def assert_loopback() -> None:
    """Fail where the SDK, left to itself, would talk to any machine but this one."""
    resolved = ConnectionConfig()
    for url in (resolved.api_url, resolved.get_sandbox_url("any", "e2b.app")):
        assert urlsplit(url).hostname == "127.0.0.1", f"tests would reach {url}"


@pytest.fixture
def opened(cache: Path, shared: Shared, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Open sandboxes by name, with limits; they are closed after the test."""
    left: list[Sandbox] = []

    def open_one(name: str = "local", **limits: int) -> Sandbox:
        if name == "docker" and not limits:
            return shared.fresh()
        if name == "local":
            skip_without_bubblewrap()
        if name == "e2b":
            request.getfixturevalue("e2b")
        image = skip_without_engine() if name == "docker" else ""
        options = SandboxOptions(limits=replace(ResourceLimits(memory=2 << 30), **limits), cache=cache, image=image)
        left.append(open_sandbox(name, options))
        return left[-1]

    yield open_one
    for one in left:
        one.close()


@pytest.fixture
def local(opened: Open) -> Sandbox:
    """The local sandbox, or a skip that says why it does not work here."""
    return opened("local")


def skip_without_engine() -> str:
    """Return the image to test with: P2C_TEST_IMAGE, or the one that scripts/start-docker makes."""
    image = os.environ.get("P2C_TEST_IMAGE", "p2c-base:latest")
    try:
        probe("docker", SandboxOptions(image=image))
    except SandboxError as error:
        pytest.skip(f"{error.message} (scripts/start-docker starts an engine)")
    return image


def skip_without_bubblewrap() -> None:
    try:
        probe("local")
    except SandboxError as error:
        pytest.skip(error.message)


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Put a small file system of memory over a folder."""
    places: list[Path] = []

    def cover(place: Path, options: str) -> None:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(place)], check=False)
        if done.returncode:
            pytest.skip("only root can mount")
        places.append(place)

    yield cover
    for place in places:
        subprocess.run(["umount", "-l", str(place)], check=True)

"""Sandboxes for the tests: one cache for all of them, so that the tools are installed once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from p2c.errors import SandboxError
from p2c.sandboxes import open_sandbox, probe
from p2c.sandboxes.base import Sandbox
from p2c.sandboxes.options import Limits, SandboxOptions
from p2c.sandboxes.workspace import remove

Open = Callable[..., Sandbox]


@pytest.fixture(scope="session")
def cache() -> Iterator[Path]:
    """A cache that the sandbox's unprivileged user can reach (pytest's own folders are closed to others)."""
    folder = Path(tempfile.mkdtemp(prefix="p2c-tests-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    remove(folder)


@pytest.fixture
def opened(cache: Path) -> Iterator[Open]:
    """Open sandboxes by name, with limits; they are closed after the test."""
    left: list[Sandbox] = []

    def open_one(name: str = "local", **limits: int) -> Sandbox:
        if name == "local":
            skip_without_bubblewrap()
        options = SandboxOptions(limits=replace(Limits(memory=2 << 30), **limits), cache=cache)
        left.append(open_sandbox(name, options))
        return left[-1]

    yield open_one
    for one in left:
        one.close()


@pytest.fixture
def local(opened: Open) -> Sandbox:
    """The local sandbox, or a skip that says why it does not work here."""
    return opened("local")


def skip_without_bubblewrap() -> None:
    try:
        probe("local")
    except SandboxError as error:
        pytest.skip(error.message)

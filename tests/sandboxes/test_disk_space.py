"""A full disk and a read-only home: said as what they are, with what to do."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from p2c.errors import SandboxError
from p2c.repo import Repo
from p2c.sandboxes.base import Command
from p2c.sandboxes.disk_space import telling
from p2c.sandboxes.environments.cache import Cache
from p2c.sandboxes.local.sandbox import LocalSandbox
from tests.sandboxes.conftest import Mount, Open
from tests.sandboxes.test_attacks import AS_ANOTHER

pytestmark = pytest.mark.sandbox


@pytest.mark.parametrize(("options", "told"), [("ro", "P2C_CACHE"), ("nr_inodes=3", "The disk or your quota is full")])
def test_a_cache_that_cannot_be_written(tmp_path: Path, mount: Mount, options: str, told: str) -> None:
    mount(tmp_path, options)
    with pytest.raises(SandboxError, match=r"cache folder .* cannot be used") as caught:
        Cache(tmp_path / "cache", None).prepare()
    assert told in caught.value.hint and caught.value.exit_code == 3


def test_a_full_disk_is_told_when_the_repository_is_put(opened: Open, mount: Mount) -> None:
    sandbox = opened("local")
    assert isinstance(sandbox, LocalSandbox)
    mount(sandbox._folder.workspace, "size=64k")
    with pytest.raises(SandboxError, match="could not be put") as caught:
        sandbox.put(Repo({"big.py": "#" * 1_000_000}))
    assert "The disk or your quota is full" in caught.value.hint


def test_a_program_that_fills_its_own_tmp_is_a_result(opened: Open) -> None:
    sandbox = opened("local")
    said = "import sys; sys.exit('No space left on device (os error 28)')"
    assert sandbox.exec(Command(("/usr/bin/python3", "-c", said), 10)).exit_code == 1


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_quota_is_a_full_disk(number: int) -> None:
    with pytest.raises(SandboxError, match=r"^it failed: ") as caught, telling("it failed"):
        raise OSError(number, os.strerror(number))
    assert "P2C_CACHE_LIMIT" in caught.value.hint


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_home_that_cannot_be_written_is_told_with_exit_3(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    if not all(one.stat().st_mode & 0o001 for one in (root, *root.parents, *Path(sys.executable).parents)):
        pytest.skip("p2c lies where another user cannot read it")
    environ = {"PATH": os.environ["PATH"], "HOME": "/proc", "LANG": "C.UTF-8", "P2C_SANDBOX": "local"}
    folder = Path("/var/tmp") / f"p2c-folder-{os.getpid()}"
    folder.mkdir()
    (folder / "main.py").write_text("print(1)\n")
    os.chown(folder, 61001, 61001)
    try:
        words = [*AS_ANOTHER, sys.executable, "-m", "p2c", "check", str(folder)]
        done = subprocess.run(words, cwd=root, env=environ, capture_output=True, text=True, timeout=60, check=False)
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=True)
    assert done.returncode == 3, done.stderr
    assert "/proc/.cache/p2c" in done.stderr and "P2C_CACHE" in done.stderr

"""What runs one command inside a machine at E2B, run here as a program, without its root's powers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.sandboxes.test_inside import pythons


@pytest.fixture(params=pythons())
def overseen(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Run a program with a standard input as an overseer does; returns the whole output and its last words."""
    for name in ("cordon.py", "overseer.py"):
        (tmp_path / name).write_bytes(files("p2c.sandboxes").joinpath(name).read_bytes())

    def run(program: str, given: str | None, timeout: float = 60) -> tuple[str, str, dict[str, Any]]:
        order = {
            "argv": [sys.executable, "-c", program],
            "env": {},
            "directory": str(tmp_path),
            "timeout": timeout,
            "uid": None,
            "gid": None,
            "isolated": False,
            "network": False,
            "fresh": {},
            "opened": [],
            "memory": 1 << 34,
            "floor": 0,
            "processes": 99,
            "file_size": 1 << 30,
            "open_files": 99,
            "cpu": None,
            "encode": False,
            "input": given,
            "input_file": "",
            "mark": "LAST WORDS ",
        }
        (tmp_path / "order").write_text(json.dumps(order))
        words = [request.param, "-I", "-S", str(tmp_path / "overseer.py"), "run"]
        env = {**os.environ, "P2C_ORDER": f"@{tmp_path / 'order'}"}
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=120)
        said, _, last = done.stderr.partition("LAST WORDS ")
        assert done.returncode == 0, done.stderr
        return done.stdout, said, json.loads(last)

    return run


@pytest.mark.parametrize("size", [0, 5, 3_000_000])
def test_a_program_gets_its_input_whole(overseen: Any, size: int) -> None:
    out, said, about = overseen("import sys; print(len(sys.stdin.read()))", "x" * size)
    assert (out, said, about["code"], about["left"]) == (f"{size}\n", "", 0, 0)


@pytest.mark.parametrize(
    "program",
    [
        "print('done')",
        "import sys; sys.stdin.read(3); print('done')",
        "import os; os.close(0); print('done')",
    ],
)
def test_a_program_that_does_not_want_its_input_has_no_traceback_of_who_feeds_it(overseen: Any, program: str) -> None:
    out, said, about = overseen(program, "x" * 3_000_000)
    assert (out, said, about["code"], about["stopped"], about["left"]) == ("done\n", "", 0, "", 0)


def test_the_feeder_ends_while_the_program_goes_on(overseen: Any) -> None:
    look = """
import os, time
os.close(0)
def fed():
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            state, parent = open(f"/proc/{name}/stat").read().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == os.getppid() and int(name) != os.getpid() and state != "Z":
            found.append(name)
    return found
end = time.monotonic() + 30
while fed() and time.monotonic() < end:
    time.sleep(0.02)
print(fed())
"""
    assert overseen(look, "x" * 3_000_000)[0] == "[]\n"

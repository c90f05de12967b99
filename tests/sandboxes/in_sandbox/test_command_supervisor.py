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

from tests.sandboxes.in_sandbox.test_files import pythons


@pytest.fixture(params=pythons())
def overseen(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Run a program as an overseer does; returns the whole output and its last words."""
    (tmp_path / "_p2c_command_supervisor.py").write_bytes(
        files("p2c.sandboxes.in_sandbox").joinpath("_p2c_command_supervisor.py").read_bytes()
    )

    def run(program: str, timeout: float = 60, **changed: Any) -> tuple[str, str, dict[str, Any]]:
        order = {
            "argv": [sys.executable, "-c", program],
            "env": {},
            "directory": str(tmp_path),
            "timeout": timeout,
            "uid": None,
            "opened": [],
            "memory": 1 << 34,
            "floor": 0,
            "limits": {"CORE": 0, "NOFILE": 99},
            "mark": "LAST WORDS ",
            **changed,
        }
        (tmp_path / "order").write_text(json.dumps(order))
        words = [request.param, "-I", "-S", str(tmp_path / "_p2c_command_supervisor.py"), "run"]
        env = {**os.environ, "P2C_ORDER": f"@{tmp_path / 'order'}"}
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=120)
        said, _, last = done.stderr.partition("LAST WORDS ")
        assert done.returncode == 0, done.stderr
        return done.stdout, said, json.loads(last)

    return run


LEAVE = """
import os, signal, time
read, write = os.pipe()
if os.fork() == 0:
    os.setsid(); signal.signal(15, signal.SIG_IGN)
    if os.fork() == 0:
        os.write(write, b'%d' % os.getpid()); time.sleep(99)
    os._exit(0)
print(os.read(read, 9).decode(), flush=True)
"""


@pytest.mark.parametrize(("more", "stopped"), [("", ""), ("time.sleep(99)", "time")])
def test_what_a_program_leaves_is_ended_with_it(overseen: Any, more: str, stopped: str) -> None:
    out, said, about = overseen(f"{LEAVE}{more}", 20 if not stopped else 2)
    assert (about["stopped"], about["left"], said) == (stopped, 0, "")
    assert not Path(f"/proc/{int(out)}").exists()


def test_a_program_has_its_limits_no_input_and_no_way_to_more_privileges(overseen: Any) -> None:
    look = (
        "import resource, sys; print(resource.getrlimit(resource.RLIMIT_NOFILE), repr(sys.stdin.read()));"
        "print([line for line in open('/proc/self/status') if line.startswith('NoNewPrivs')])"
    )
    assert overseen(look)[0] == "(99, 99) ''\n['NoNewPrivs:\\t1\\n']\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_program_is_the_user_that_was_named_and_nobody_else(overseen: Any) -> None:
    look = "import os; print(os.getresuid(), os.getresgid(), os.getgroups())"
    shown = overseen(look, uid=61009, argv=["/usr/bin/python3", "-c", look], directory="/")[0]
    assert shown == f"{(61009,) * 3} {(61009,) * 3} []\n"


@pytest.mark.parametrize("variables", [{}, {"PATH": "/nonexistent"}])
def test_a_program_that_is_not_there_is_a_result(overseen: Any, variables: dict[str, str]) -> None:
    out, said, about = overseen("", argv=["no-such-program"], env=variables)
    assert (out, about["code"], about["stopped"]) == ("", 127, "") and said.startswith("no-such-program: ")


def test_a_gigabyte_is_not_passed_on(overseen: Any) -> None:
    write = "import sys; w = sys.stdout.buffer.write; w(b'first\\n'); [w(b'x' * 10**6) for _ in range(200)]; w(b'last')"
    out, _, about = overseen(write)
    assert out.startswith("first\n") and out.endswith("last") and len(out) < 6_000_000
    assert len(out) + about["dropped"][0] == 200_000_010

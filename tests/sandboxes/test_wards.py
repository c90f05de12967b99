"""Namespaces made ahead: what the waiting shell is told, and when one is used."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2c.repo import Repo
from p2c.sandboxes.base import Command, ExecResult
from p2c.sandboxes.local import LocalSandbox
from p2c.sandboxes.wards import Ward, script
from tests.sandboxes.conftest import Open

TELL = "import os, sys; print(ascii((sys.argv[1:], dict(os.environ), sys.stdin.read())))"
words = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30)
bytes_as_words = st.binary(max_size=30).map(lambda data: os.fsdecode(data.replace(b"\0", b"")))
names = st.sampled_from(
    ["A", "PYTHONHASHSEED", "IFS", "PWD", "UID", "odd.name", "LC_ALL", "x-y", "SHLVL", "BASH_ENV", "ä"]
)


@given(st.lists(words | bytes_as_words, max_size=5), st.dictionaries(names, words | bytes_as_words, max_size=4))
@settings(max_examples=25, deadline=None)
@pytest.mark.parametrize("shell", [("/bin/sh",), ("/bin/bash", "--posix")])
def test_a_shell_becomes_exactly_the_program_that_it_is_told(
    shell: tuple[str, ...], arguments: list[str], given: Mapping[str, str]
) -> None:
    if not Path(shell[0]).exists():
        pytest.skip(f"{shell[0]} is not there")
    environment = {"LANG": "C.UTF-8", **given, "PYTHONHASHSEED": "0"}
    order = script([sys.executable, "-c", TELL, *arguments], environment)
    done = subprocess.run(shell, input=order, capture_output=True, env={}, check=True)
    seen, variables, stdin = eval(done.stdout.decode())
    assert seen == arguments
    assert {name: value for name, value in variables.items() if name in environment} == environment
    assert set(variables) - set(environment) <= {"PWD", "SHLVL", "_", "OLDPWD", "LC_CTYPE"}
    assert stdin == ""


def test_a_program_that_is_not_there_is_127_and_named() -> None:
    for environment in ({}, {"odd.name": "x"}):
        order = script(["no-such-program"], {"PATH": "/usr/bin:/bin", **environment})
        done = subprocess.run(["/bin/sh"], input=order, capture_output=True, env={}, check=False)
        assert done.returncode == 127 and b"no-such-program" in done.stderr


@pytest.fixture
def sandbox(opened: Open) -> LocalSandbox:
    one = opened("local")
    assert isinstance(one, LocalSandbox)
    return one


def run(sandbox: LocalSandbox, program: str, network: bool = False) -> ExecResult:
    return sandbox.exec(Command(("/usr/bin/python3", "-c", program), 30, network=network))


def reserve(sandbox: LocalSandbox) -> Ward | None:
    """Return the namespace in reserve, when it has been made."""
    spare = sandbox._warden._wards._spare
    return spare[1].result() if spare else None


NAMESPACE = "import os; print(os.readlink('/proc/self/ns/pid').strip('pid:[]'))"


@pytest.mark.sandbox
def test_each_command_has_a_namespace_of_its_own_made_before_it(sandbox: LocalSandbox) -> None:
    seen = [run(sandbox, NAMESPACE).stdout.strip()]
    for _ in range(3):
        waiting = reserve(sandbox)
        assert waiting is not None
        assert run(sandbox, NAMESPACE).stdout.strip() == str(waiting.namespace)
        seen.append(str(waiting.namespace))
    assert len(set(seen)) == 4


@pytest.mark.sandbox
def test_temporary_files_do_not_pass_to_the_next_command(sandbox: LocalSandbox) -> None:
    leave = "for d in ('/tmp', '/dev/shm', '/home/p2c'): open(d + '/left', 'w').write('x')"
    look = "import os; print([os.listdir(d) for d in ('/tmp', '/dev/shm', '/home/p2c')])"
    for _ in range(3):
        assert run(sandbox, leave).ok
        assert run(sandbox, look).stdout == "[[], [], []]\n"


@pytest.mark.sandbox
def test_the_environment_chosen_since_is_the_one_that_is_seen(sandbox: LocalSandbox) -> None:
    look = "import os; print(os.path.exists('/environment'), os.listdir('/environment'))"
    assert "FileNotFoundError" in run(sandbox, look).stderr
    sandbox.choose_environment("ab" * 8)
    assert run(sandbox, look).stdout == "True []\n"
    folder = sandbox._folder.building
    (folder / "first").touch()
    assert run(sandbox, look).stdout == "True ['first']\n"
    sandbox.choose_environment("cd" * 8)  # the same place, another folder
    (sandbox._folder.building / "second").touch()
    assert run(sandbox, look).stdout == "True ['second']\n"


@pytest.mark.sandbox
def test_what_waits_has_no_network_even_beside_commands_that_have(sandbox: LocalSandbox) -> None:
    look = "import socket; print(sorted(name for _, name in socket.if_nameindex()) == ['lo'])"
    host = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
    assert [run(sandbox, look, network).stdout for network in (False, True, False, True)] == ["True\n", host] * 2


@pytest.mark.sandbox
def test_a_namespace_that_died_while_it_waited_is_replaced(sandbox: LocalSandbox) -> None:
    assert run(sandbox, "1").ok
    waiting = reserve(sandbox)
    assert waiting is not None
    waiting.kill()
    waiting.process.wait()
    assert run(sandbox, "print('well')").stdout == "well\n"


@pytest.mark.sandbox
def test_variables_of_one_command_do_not_reach_the_next(sandbox: LocalSandbox) -> None:
    show = Command(("/usr/bin/env",), 10, {"ONLY": "first", "odd.name": "second"})
    assert {"ONLY=first", "odd.name=second"} <= set(sandbox.exec(show).stdout.splitlines())
    second = sandbox.exec(Command(("/usr/bin/env",), 10)).stdout
    assert "ONLY" not in second and "odd.name" not in second


@pytest.mark.sandbox
def test_nothing_waits_after_the_end(opened: Open) -> None:
    sandbox = opened("local")
    assert isinstance(sandbox, LocalSandbox)
    run(sandbox, "1")
    waiting = reserve(sandbox)
    assert waiting is not None and waiting.process.poll() is None
    sandbox.put(Repo({}))
    sandbox.close()
    assert waiting.process.poll() is not None
    assert not Path(f"/proc/{waiting.process.pid}").exists()


@pytest.mark.sandbox
def test_a_long_command_does_not_keep_the_next_one_waiting(sandbox: LocalSandbox) -> None:
    seen: list[Ward | None] = []
    sandbox.exec(
        Command(
            ("/usr/bin/python3", "-c", "import time; time.sleep(0.8); print('x', flush=True); time.sleep(0.2)"), 10
        ),
        lambda name, text: seen.append(reserve(sandbox)),
    )
    assert seen[0] is not None, "made while the command ran"
    started = time.monotonic()
    assert run(sandbox, "1").ok and time.monotonic() - started < 5

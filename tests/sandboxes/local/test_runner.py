"""One bwrap for each command: what it is given, and what does not pass on to the next."""

from __future__ import annotations

import ast
import gc
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from p2c.errors import SandboxError
from p2c.sandboxes.base import Command, Sandbox
from p2c.sandboxes.local.bubblewrap import BubblewrapSpec
from p2c.sandboxes.local.sandbox import LocalSandbox

pytestmark = pytest.mark.sandbox
TELL = "import os, sys; print(ascii((sys.argv[1:], dict(os.environ), sys.stdin.read())))"
words = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30)
names = st.sampled_from(
    ["A", "PYTHONHASHSEED", "IFS", "PWD2", "UID", "odd.name", "LC_ALL", "x-y", "SHLVL", "BASH_ENV", "ä", "a b"]
)


@given(st.lists(words, max_size=5), st.dictionaries(names, words, max_size=4))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_program_gets_exactly_its_arguments_and_variables(
    local: Sandbox, arguments: list[str], variables: Mapping[str, str]
) -> None:
    given = {"LC_ALL": "C.UTF-8", **variables, "PYTHONHASHSEED": "0"}
    done = local.exec(Command(("/usr/bin/python3", "-c", TELL, *arguments), 30, given))
    seen, environment, stdin = ast.literal_eval(done.stdout)
    assert (seen, stdin) == (arguments, "")
    assert {name: environment.get(name) for name in given} == given
    own = {"HOME", "LANG", "LC_CTYPE", "LOGNAME", "PATH", "PWD", "PYTHONPYCACHEPREFIX", "TMPDIR", "USER"}
    assert set(environment) - set(given) <= own


def test_no_variable_is_on_a_command_line_of_the_host(local: Sandbox) -> None:
    seen: list[str] = []
    program = "import time; print('there', flush=True); time.sleep(0.3)"
    shown = ["ps", "axww", "-o", "args"]
    local.exec(
        Command(("/usr/bin/python3", "-c", program), 30, {"SECRET": "a-value-nobody-else-has"}),
        lambda name, text: seen.append(subprocess.run(shown, capture_output=True, text=True, check=True).stdout),
    )
    assert "time.sleep(0.3)" in seen[0]
    assert "a-value-nobody-else-has" not in seen[0]


def test_temporary_files_and_variables_do_not_pass_to_the_next_command(local: Sandbox) -> None:
    leave = "for d in ('/tmp', '/dev/shm', '/home/p2c'): open(d + '/left', 'w').write('x')"
    look = "import os; print([os.listdir(d) for d in ('/tmp', '/dev/shm', '/home/p2c')], 'ONLY' in os.environ)"
    for _ in range(2):
        assert local.exec(Command(("/usr/bin/python3", "-c", leave), 30, {"ONLY": "here"})).ok
        assert local.exec(Command(("/usr/bin/python3", "-c", look), 30)).stdout == "[[], [], []] False\n"


def test_a_command_that_cannot_be_started_leaves_no_descriptor(local: Sandbox) -> None:
    assert isinstance(local, LocalSandbox)

    def held() -> int:
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir()))

    before = held()
    for spec in (BubblewrapSpec(environment={"A": 1}), BubblewrapSpec(read_only={"/x": None})):  # type: ignore[dict-item]
        with pytest.raises((TypeError, SandboxError)):
            local._runner.run(spec, Command(("/bin/true",), 10), "/tmp", None)
    with pytest.raises(SandboxError, match="could not be started"):
        local.exec(Command(("/bin/true", "x" * (1 << 18)), 10))
    assert held() == before
    assert local.exec(Command(("/bin/true",), 10)).ok


def test_the_network_is_not_left_to_the_next_command(local: Sandbox) -> None:
    look = "import socket; print(sorted(name for _, name in socket.if_nameindex()) == ['lo'])"
    host = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
    programs = [Command(("/usr/bin/python3", "-c", look), 30, network=one) for one in (False, True, False, True)]
    assert [local.exec(one).stdout for one in programs] == ["True\n", host] * 2


STARTED_IGNORING = """
import signal
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    signal.signal(number, signal.SIG_IGN)
from contextlib import closing
from pathlib import Path
import sys
from p2c.sandboxes import open_sandbox
from p2c.sandboxes.base import Command
from p2c.sandboxes.options import SandboxOptions
with closing(open_sandbox("local", SandboxOptions(cache=Path(sys.argv[1])))) as sandbox:
    print(sandbox.exec(Command(("grep", "SigIgn", "/proc/self/status"), 30)).stdout)
"""


def test_signals_that_p2c_was_started_to_ignore_are_not_ignored_by_programs(local: Sandbox, cache: Path) -> None:
    """As behind `nohup` or `&`: a program that waits for its Ctrl-C would never see one."""
    done = subprocess.run(
        [sys.executable, "-c", STARTED_IGNORING, str(cache)], capture_output=True, text=True, check=False
    )
    assert int(done.stdout.split()[1], 16) & 0b111 == 0, done.stdout + done.stderr

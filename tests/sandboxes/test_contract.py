"""What every sandbox promises, tried on each that is there."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docker
import pytest

from p2c.errors import SandboxError, UsageError
from p2c.repo import Repo
from p2c.sandboxes import open_sandbox
from p2c.sandboxes.base import MAX_OUTPUT, Command, ExecResult, Sandbox
from tests.sandboxes.conftest import Open

KEY = "0123456789abcdef"
pytestmark = pytest.mark.sandbox


@pytest.fixture(params=["local", "docker", "e2b", "unsafe"])
def sandbox(request: pytest.FixtureRequest, opened: Open) -> Sandbox:
    return opened(request.param)


def python(sandbox: Sandbox, program: str, timeout: float = 30, **env: str) -> ExecResult:
    return sandbox.exec(Command(("python3", "-c", program), timeout, env))


def inside(sandbox: Sandbox, path: str) -> str:
    return f"{sandbox.places.repo}/{path}"


def test_streams_and_exit_code_are_told_apart(sandbox: Sandbox) -> None:
    result = python(sandbox, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)")
    assert (result.exit_code, result.stdout, result.stderr) == (7, "out\n", "err\n")
    assert not result.ok and not result.timed_out and not result.oom_killed and not result.truncated


def test_a_signal_is_128_and_its_number(sandbox: Sandbox) -> None:
    assert python(sandbox, "import os; os.kill(os.getpid(), 11)").exit_code == 139


def test_a_missing_program_is_a_result_not_a_failing_sandbox(sandbox: Sandbox) -> None:
    result = sandbox.exec(Command(("no-such-program",), 10))
    assert result.exit_code == 127
    assert "no-such-program" in result.stderr


def test_arguments_pass_without_a_shell(sandbox: Sandbox) -> None:
    words = ("$HOME", "a b", ";id", "*", "", "ä\n'\"")
    result = sandbox.exec(Command(("python3", "-c", "import sys; print(sys.argv[1:])", *words), 10))
    assert result.stdout == f"{list(words)}\n"


def test_the_working_directory_is_the_repository(sandbox: Sandbox) -> None:
    sandbox.put(Repo({"pkg/data.txt": "x", "main.py": "print(open('pkg/data.txt').read())"}))
    assert sandbox.exec(Command(("python3", "main.py"), 10)).stdout == "x\n"


def test_only_what_is_given_is_in_the_environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    result = python(sandbox, "import os; print(dict(os.environ))", GIVEN="yes")
    assert "'GIVEN': 'yes'" in result.stdout
    assert "sk-secret" not in result.stdout


def test_a_time_out_keeps_the_output_and_has_no_exit_code(sandbox: Sandbox) -> None:
    program = "import signal, time; signal.signal(15, signal.SIG_IGN); print('begun', flush=True); time.sleep(60)"
    started = time.monotonic()
    result = python(sandbox, program, timeout=4)
    assert time.monotonic() - started < 30
    assert result.timed_out and result.exit_code is None and result.stdout == "begun\n"


def test_a_time_out_ends_grandchildren(sandbox: Sandbox) -> None:
    program = (
        "import subprocess, time\n"
        "subprocess.Popen(['sh', '-c', 'sleep 5; touch alive'])\n"
        "print('ready', flush=True); time.sleep(60)\n"
    )
    assert python(sandbox, program, timeout=4).stdout == "ready\n"
    time.sleep(1.6)
    assert sandbox.get(inside(sandbox, "alive")) is None


def test_a_gigabyte_of_output_is_cut_in_the_middle(sandbox: Sandbox) -> None:
    program = (
        "import sys; w = sys.stdout.buffer.write; w(b'first\\n'); [w(b'x' * 10**6) for _ in range(1000)]; "
        "w(b'\\nlast'); sys.stderr.write('e' * 3_000_000)"
    )
    result = python(sandbox, program, timeout=60)
    assert result.ok and result.truncated
    assert result.stdout.startswith("first\n") and result.stdout.endswith("\nlast")
    assert len(result.stdout) < MAX_OUTPUT + 100 and len(result.stderr) < MAX_OUTPUT + 100
    assert "characters left out" in result.stdout


def test_bytes_that_are_no_text_are_replaced(sandbox: Sandbox) -> None:
    result = python(sandbox, r"import sys; sys.stdout.buffer.write(b'a\xff\x00\xc3\xa4\r\n')")
    assert result.stdout == "a�\x00ä\r\n"


def test_output_is_streamed_as_it_comes(sandbox: Sandbox) -> None:
    seen: list[tuple[str, str, float]] = []
    program = "import sys, time; print('one', flush=True); time.sleep(1); sys.stderr.write('two')"
    sandbox.exec(
        Command(("python3", "-c", program), 10), lambda name, text: seen.append((name, text, time.monotonic()))
    )
    assert [(name, text) for name, text, _ in seen] == [("stdout", "one\n"), ("stderr", "two")]
    assert seen[1][2] - seen[0][2] > 0.7


def test_an_error_of_the_listener_ends_the_command(sandbox: Sandbox) -> None:
    def fail(name: str, text: str) -> None:
        raise RuntimeError("listener")

    program = "import time; print('x', flush=True); time.sleep(4); open('late', 'w')"
    with pytest.raises(RuntimeError, match="listener"):
        sandbox.exec(Command(("python3", "-c", program), 30), fail)
    time.sleep(4.2)
    assert sandbox.get(inside(sandbox, "late")) is None
    assert python(sandbox, program).ok
    assert sandbox.get(inside(sandbox, "late")) == b""


def test_commands_run_beside_each_other_from_threads_that_end(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda n: python(sandbox, f"import time; time.sleep(0.3); print({n})"), range(6)))
    assert [result.stdout for result in results] == [f"{n}\n" for n in range(6)]


REACH = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 2); print('reached')
except OSError:
    print('cut')
"""


def test_the_network_is_there_for_the_command_that_is_given_it_and_for_no_other(sandbox: Sandbox) -> None:
    if "network" not in sandbox.features:
        pytest.skip("not promised: network is not among its features")
    with socket.create_server(("", 0)) as server:
        words = ("python3", "-c", REACH, host_of(sandbox), str(server.getsockname()[1]))
        said = [sandbox.exec(Command(words, 30, network=given)).stdout for given in (False, True, False)]
    assert said == ["cut\n", "reached\n", "cut\n"]


def test_a_command_with_a_network_may_write_no_more_than_others(sandbox: Sandbox) -> None:
    if "network" not in sandbox.features:
        pytest.skip("not promised: network is not among its features")
    sandbox.choose_environment(KEY[:8] * 2)
    program = """
import glob, os, sys
for folder in sorted({*sys.argv[1:], *glob.glob('/*'), *glob.glob('/store/*'), *glob.glob(sys.argv[1] + '/../*')}):
    if os.access(folder, os.W_OK):
        print(os.path.realpath(folder))
"""
    places = (sandbox.places.repo, sandbox.places.scratch, sandbox.places.environment, sandbox.places.tools)
    offline, online = [
        sandbox.exec(Command(("python3", "-c", program, *places), 60, network=given)).stdout.split()
        for given in (False, True)
    ]
    assert sandbox.places.repo in offline and sandbox.places.scratch in offline and online == offline


def host_of(sandbox: Sandbox) -> str:
    """Return this machine's address as a program there has to say it."""
    if sandbox.backend != "docker":
        return "127.0.0.1"
    client = docker.from_env()
    with contextlib.closing(client):
        settings = client.networks.get("bridge").attrs["IPAM"]["Config"][0]
    # Some engines do not name it for a network that they have just made.
    return str(settings.get("Gateway") or next(ipaddress.ip_network(settings["Subnet"]).hosts()))


def test_put_holds_exactly_the_repository(sandbox: Sandbox, tmp_path: Path) -> None:
    asset = tmp_path / "weights.bin"
    asset.write_bytes(b"\0\1\2")
    sandbox.put(Repo({"a.py": "1", "b/c.py": "2", "run.sh": "#!/bin/sh\necho ran\n"}, {"b/weights.bin": asset}))
    assert sandbox.exec(Command(("./run.sh",), 10)).stdout == "ran\n"
    python(
        sandbox, "import os; open('left.txt', 'w'); os.makedirs('x/y'); open('b/weights.bin', 'w'); open('a.py', 'w')"
    )
    sandbox.put(Repo({"a.py": "1", "b/d.py": "3"}, {"b/weights.bin": asset}))
    listing = python(sandbox, "import os; print(sorted(os.path.join(d, f) for d, _, fs in os.walk('.') for f in fs))")
    assert listing.stdout == "['./a.py', './b/d.py', './b/weights.bin']\n"
    assert sandbox.get(inside(sandbox, "a.py")) == b"1"
    assert sandbox.get(inside(sandbox, "b/weights.bin")) == b"\0\1\2"


def test_put_uploads_only_what_changed(sandbox: Sandbox) -> None:
    look = "import os; print({f: os.stat(f).st_ino for f in ('same.py', 'other.py')})"
    sandbox.put(Repo({"same.py": "1", "other.py": "1"}))
    before = eval(python(sandbox, look).stdout)
    sandbox.put(Repo({"same.py": "1", "other.py": "2"}))
    after = eval(python(sandbox, look).stdout)
    assert before["same.py"] == after["same.py"]
    assert sandbox.get(inside(sandbox, "other.py")) == b"2"


def test_a_repair_of_the_same_length_in_the_same_second_is_seen(sandbox: Sandbox) -> None:
    for value in range(1, 5):
        sandbox.put(Repo({"module.py": f"value = {value}\n"}))
        assert python(sandbox, "import module; print(module.value)").stdout == f"{value}\n"


def test_scratch_outlives_put(sandbox: Sandbox) -> None:
    sandbox.add({"deep/recorder.py": b"print('recorded')", "raw": b"\xff\0"})
    sandbox.put(Repo({"a.py": ""}))
    recorder = f"{sandbox.places.scratch}/deep/recorder.py"
    assert sandbox.exec(Command(("python3", recorder), 10)).stdout == "recorded\n"
    python(sandbox, f"open({sandbox.places.scratch + '/out.json'!r}, 'w').write('{{}}')")
    sandbox.put(Repo({}))
    assert sandbox.get(f"{sandbox.places.scratch}/out.json") == b"{}"
    assert sandbox.get(f"{sandbox.places.scratch}/raw") == b"\xff\0"


def test_get_of_what_is_no_file_is_none(sandbox: Sandbox) -> None:
    sandbox.put(Repo({"pkg/a.py": ""}))
    for path in (
        inside(sandbox, "missing"),
        inside(sandbox, "pkg"),
        inside(sandbox, "../../etc/passwd"),
        "/etc/passwd",
    ):
        assert sandbox.get(path) is None


def test_the_tools_are_there(sandbox: Sandbox) -> None:
    tools = sandbox.places.tools
    for name in ("uv", "ruff", "mypy", "python"):
        assert sandbox.exec(Command((f"{tools}/bin/{name}", "--version"), 60)).ok
    program = f"import sys; sys.path.append({tools + '/pytest'!r}); import pytest; print(pytest.__file__)"
    found = sandbox.exec(Command((f"{tools}/bin/python", "-c", program), 30))
    assert found.stdout.startswith(f"{tools}/pytest/")


@pytest.mark.index
def test_an_environment_is_built_sealed_and_read_only(sandbox: Sandbox) -> None:
    assert sandbox.choose_environment(KEY) is False
    build(sandbox, "iniconfig==2.0.0")
    sandbox.seal_environment()
    sandbox.set_network("none")
    program = f"{sandbox.places.environment}/bin/python"
    result = sandbox.exec(Command((program, "-c", "import iniconfig; print(iniconfig.__file__)"), 20))
    assert result.stdout.startswith(f"{sandbox.places.environment}/lib/")
    assert sandbox.choose_environment(KEY) is True
    assert sandbox.choose_environment("fedcba9876543210") is False


def build(sandbox: Sandbox, *requirements: str) -> None:
    """Make the chosen environment as the install check does."""
    uv = f"{sandbox.places.tools}/bin/uv"
    sandbox.add({"requirements.txt": "\n".join(requirements).encode()})
    sandbox.set_network("install")
    made = sandbox.exec(Command((uv, "venv", "--quiet", sandbox.places.environment), 60))
    assert made.ok, made.stderr
    words = ("pip", "install", "--only-binary", ":all:", "--python", f"{sandbox.places.environment}/bin/python", "-r")
    done = sandbox.exec(Command((uv, *words, f"{sandbox.places.scratch}/requirements.txt"), 120))
    assert done.ok, done.stderr


def test_a_key_is_hexadecimal(sandbox: Sandbox) -> None:
    for key in ("../../etc", "", "ABC", "x" * 16):
        with pytest.raises(SandboxError):
            sandbox.choose_environment(key)


def test_sealing_nothing_is_an_error(sandbox: Sandbox) -> None:
    sandbox.choose_environment(KEY[::-1])
    with pytest.raises(SandboxError, match="never made"):
        sandbox.seal_environment()


def test_close_is_idempotent_and_final(sandbox: Sandbox) -> None:
    sandbox.close()
    sandbox.close()
    with pytest.raises(SandboxError, match="closed"):
        sandbox.exec(Command(("true",), 5))


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(UsageError, match="local"):
        open_sandbox("chroot")

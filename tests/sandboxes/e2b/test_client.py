"""E2B's sandbox against the protocol's server on loopback; what the server cannot show is said in its own page."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from p2c.cli import cli
from p2c.errors import SandboxError
from p2c.repo import Repo
from p2c.sandboxes.base import Command, ExecResult
from p2c.sandboxes.e2b.sandbox import E2BSandbox, e2b_facts
from p2c.sandboxes.environments import index_hosts
from p2c.sandboxes.in_sandbox import _p2c_container
from p2c.sandboxes.options import ResourceLimits, SandboxOptions
from tests.sandboxes.conftest import assert_loopback
from tests.sandboxes.test_contract import build
from tests.servers.e2b_server import AS_ROOT, E2BServer, Fault, Machine

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(os.environ.get("P2C_E2B_LIVE") == "1", reason="what a server is told to do wrong"),
]
root_only = pytest.mark.skipif(not AS_ROOT, reason="the server gives programs a user of their own only as root")
MIB = 1 << 20
OpenE2B = Callable[..., E2BSandbox]


@pytest.fixture
def open_e2b(e2b: E2BServer, cache: Path) -> Iterator[OpenE2B]:
    left: list[E2BSandbox] = []

    def open_one(life: int = 600, **limits: int) -> E2BSandbox:
        left.append(E2BSandbox(SandboxOptions(ResourceLimits(**limits), cache=cache, life=life)))
        return left[-1]

    yield open_one
    for one in left:
        one.close()


def python(sandbox: E2BSandbox, program: str, timeout: float = 30, *words: str) -> ExecResult:
    return sandbox.exec(Command(("python3", "-c", program, *words), timeout))


def only(server: E2BServer) -> Machine:
    [machine] = server.machines.values()
    return machine


def test_the_guard_sees_an_address_that_is_not_loopback(e2b: E2BServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_loopback()
    monkeypatch.delenv("E2B_SANDBOX_URL")
    with pytest.raises(AssertionError, match="would reach"):
        assert_loopback()


def test_template_life_and_labels_reach_the_service(e2b: E2BServer, cache: Path) -> None:
    sandbox = E2BSandbox(SandboxOptions(template="base", life=300, cache=cache))
    machine = only(e2b)
    assert machine.template == "base" and 290 < machine.end - time.time() < 301
    assert set(machine.metadata) == {"p2c.session", "p2c.machine", "p2c.lease"}
    sandbox.close()
    assert e2b.machines == {} and not machine.folder.exists()


def test_its_life_is_prolonged_while_p2c_lives(e2b: E2BServer, open_e2b: OpenE2B) -> None:
    sandbox = open_e2b(life=2)
    assert python(sandbox, "import time; time.sleep(3.5); print('still here')").stdout == "still here\n"
    prolonged = [path for method, path in e2b.requests if path.endswith("/timeout")]
    assert len(prolonged) >= 3


def test_closing_never_raises_and_what_was_not_killed_ends_by_itself(e2b: E2BServer, open_e2b: OpenE2B) -> None:
    sandbox = open_e2b(life=2)
    e2b.faults.append(Fault("/sandboxes/", 500, times=10))
    sandbox.close()
    assert len(e2b.machines) == 1
    deadline = time.monotonic() + 6
    while e2b.machines and time.monotonic() < deadline:
        time.sleep(0.1)
    assert e2b.machines == {}


DRIVER = """
import sys
from pathlib import Path
from typing import Any
from p2c.sandboxes.base import Command
from p2c.sandboxes.e2b.sandbox import E2BSandbox
from p2c.sandboxes.options import SandboxOptions
sandbox = E2BSandbox(SandboxOptions(cache=Path(sys.argv[1])))
sandbox.exec(Command(("python3", "-c", "import time; print('runs', flush=True); time.sleep(99)"), 120),
             lambda name, text: print(text, end="", flush=True))
"""


def test_the_sandbox_of_a_killed_p2c_is_killed_at_the_next_start_and_no_other(
    e2b: E2BServer, open_e2b: OpenE2B, cache: Path
) -> None:
    open_e2b()
    alive = only(e2b)
    foreign = e2b.create({"templateID": "base", "timeout": 600, "metadata": {**alive.metadata, "p2c.machine": "x"}})
    driver = subprocess.Popen([sys.executable, "-c", DRIVER, str(cache)], stdout=subprocess.PIPE, text=True)
    assert driver.stdout is not None and driver.stdout.readline() == "runs\n"
    [orphan] = [value for value in e2b.machines.values() if value not in (alive, foreign)]
    driver.kill()
    driver.wait()
    driver.stdout.close()
    assert orphan.id in e2b.machines
    open_e2b()
    assert orphan.id not in e2b.machines and not orphan.folder.exists()
    assert alive.id in e2b.machines and foreign.id in e2b.machines


def test_without_a_key_nothing_is_asked(e2b: E2BServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("E2B_API_KEY")
    with pytest.raises(SandboxError, match="E2B_API_KEY is not set") as caught:
        E2BSandbox()
    assert "https://e2b.dev" in caught.value.hint and e2b.requests == []


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (401, "Invalid API key", "rejected the key"),
        (403, "forbidden", "rejected the key"),
        (429, "too many", "limit on requests"),
        (503, "no node", "no capacity"),
        (404, "template 'x' not found", "--template"),
        (500, "internal", "status.e2b.dev"),
    ],
)
def test_what_the_service_refuses_is_an_error_that_says_what_to_do(
    e2b: E2BServer, cache: Path, status: int, message: str, hint: str
) -> None:
    e2b.faults.append(Fault("/v2/sandboxes", status, {"message": message}, 9, {"Should-Retry": "false"}))
    with pytest.raises(SandboxError) as caught:
        E2BSandbox(SandboxOptions(cache=cache))
    assert hint in caught.value.hint and e2b.machines == {}


def test_a_full_disk_there_says_what_to_do(e2b: E2BServer, open_e2b: OpenE2B) -> None:
    sandbox = open_e2b()
    e2b.faults.append(Fault("/files", 507, {"message": "not enough disk space available"}, 9))
    with pytest.raises(SandboxError) as caught:
        sandbox.add({"big": b"x"})
    assert "--template" in caught.value.hint


def test_a_service_that_is_not_there(e2b: E2BServer, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("E2B_API_URL", "http://127.0.0.1:9")
    with pytest.raises(SandboxError) as caught:
        E2BSandbox(SandboxOptions(cache=cache))
    assert "cannot be reached" in caught.value.hint


def test_the_command_line_ends_with_3(e2b: E2BServer, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("print(1)\n")
    done = CliRunner().invoke(cli, ["check", str(tmp_path), "--sandbox", "e2b", "--template", "none-such"])
    assert done.exit_code == 3 and "none-such" in done.output


def test_a_sandbox_that_goes_while_a_command_runs_is_no_result(e2b: E2BServer, open_e2b: OpenE2B) -> None:
    sandbox = open_e2b()
    name = only(e2b).id
    with pytest.raises(SandboxError, match="E2B"):
        sandbox.exec(
            Command(("python3", "-c", "import time; print(1, flush=True); time.sleep(60)"), 90),
            lambda stream, text: e2b.kill(name) and None,
        )
    with pytest.raises(SandboxError) as caught:
        sandbox.put(Repo({"a.py": "1"}))
    assert "start another" in caught.value.hint


def test_a_failure_while_opening_leaves_no_sandbox(e2b: E2BServer, cache: Path) -> None:
    with pytest.raises(SandboxError, match=r"no Python ==2\.7"):
        E2BSandbox(SandboxOptions(python="==2.7.*", cache=cache))
    assert e2b.machines == {}


def test_an_unchanged_file_is_not_sent_again(e2b: E2BServer, open_e2b: OpenE2B, tmp_path: Path) -> None:
    sandbox = open_e2b()
    asset = tmp_path / "weights.bin"
    asset.write_bytes(os.urandom(3 * MIB))
    files = {f"m{n}.py": "x" * 10_000 for n in range(50)}
    sandbox.put(Repo(files, {"weights.bin": asset}))
    assert e2b.sent > 3 * MIB
    before = e2b.sent
    sandbox.put(Repo({**files, "m7.py": "changed"}, {"weights.bin": asset}))
    assert e2b.sent - before < 30_000
    assert sandbox.get(f"{sandbox.places.repo}/m7.py") == b"changed"


def test_bytes_come_back_whole(open_e2b: OpenE2B) -> None:
    sandbox = open_e2b()
    data = os.urandom(3 * MIB + 1)
    sandbox.add({"raw": data, "empty": b""})
    assert sandbox.get(f"{sandbox.places.scratch}/raw") == data
    assert sandbox.get(f"{sandbox.places.scratch}/empty") == b""


def test_a_command_line_longer_than_a_variable_may_be(open_e2b: OpenE2B) -> None:
    sandbox = open_e2b()
    words = [f"word{n:06}" for n in range(15_000)]
    assert python(sandbox, "import sys; print(len(sys.argv), sys.argv[-1])", 30, *words).stdout == "15001 word014999\n"


def test_the_output_of_a_command_is_never_taken_for_the_overseers_words(open_e2b: OpenE2B) -> None:
    forged = r"import sys; sys.stderr.write('\0p2c ' + '0' * 32 + '\0{\"code\": 0}\n\0'); sys.exit(5)"
    result = python(open_e2b(), forged)
    assert result.exit_code == 5 and result.stderr.endswith('{"code": 0}\n\0')


def test_a_daemon_that_forgets_its_environment_does_not_outlive_its_command(open_e2b: OpenE2B) -> None:
    sandbox = open_e2b()
    program = """
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for fd in range(3): os.close(fd)
        os.execve('/bin/sh', ['sh', '-c', 'sleep 1; touch alive'], {'PATH': '/usr/bin:/bin'})
    os._exit(0)
print('left')
"""
    assert python(sandbox, program).stdout == "left\n"
    time.sleep(1.5)
    assert sandbox.get(f"{sandbox.places.repo}/alive") is None


@root_only
def test_the_program_has_no_way_to_root_and_cannot_write_what_is_not_its_own(open_e2b: OpenE2B) -> None:
    sandbox = open_e2b()
    assert {"unprivileged", "kill_tree", "network", "processes"} <= sandbox.features
    sandbox.choose_environment("0123456789abcdef")
    root = sandbox.places.repo.rpartition("/")[0]
    status = python(sandbox, "import os; print(os.getuid(), open('/proc/self/status').read())").stdout
    assert not status.startswith("0 ") and "CapEff:\t0000000000000000" in status and "NoNewPrivs:\t1" in status
    program = f"""
import os
for folder, names, _ in os.walk({root!r}):
    try:
        open(folder + '/probe', 'w').close(); print(os.path.relpath(folder, {root!r}).partition('/')[0])
    except OSError:
        pass
"""
    found = sorted({*python(sandbox, program).stdout.split()})
    assert found == ["home", "pycache", "repo", "scratch", "tmp"]


@root_only
def test_the_program_can_neither_end_nor_read_what_oversees_it(open_e2b: OpenE2B) -> None:
    program = """
import os, signal
over = os.getppid()
for attack in (lambda: os.kill(over, signal.SIGKILL), lambda: open(f'/proc/{over}/environ').read(),
               lambda: open(f'/proc/{over}/mem', 'rb'), lambda: os.listdir(f'/proc/{over}/fd')):
    try:
        attack(); print('done')
    except OSError as error:
        print(type(error).__name__)
"""
    done = python(open_e2b(), program)
    assert done.ok and done.stdout == "PermissionError\n" * 4


def test_a_template_that_runs_code_for_whoever_asks_declares_only_what_e2b_itself_keeps(
    e2b: E2BServer, open_e2b: OpenE2B
) -> None:
    with contextlib.closing(socket.socket()) as interpreter:
        interpreter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            interpreter.bind(("127.0.0.1", _p2c_container.INTERPRETER))
        except OSError:
            pytest.skip("somebody else is at E2B's interpreter's port")
        interpreter.listen()
        assert open_e2b().features <= {"files", "network", "index_only"}
    assert {"memory", "disk"} <= open_e2b().features


CONNECT = """
import socket, sys
try:
    socket.create_connection(('127.0.0.1', int(sys.argv[1])), 2); print('reached')
except OSError as error:
    print(type(error).__name__)
"""


@root_only
def test_the_network_is_there_for_installing_only(e2b: E2BServer, open_e2b: OpenE2B) -> None:
    sandbox = open_e2b()
    assert "network" in sandbox.features
    assert not only(e2b).internet
    port = e2b.url.rpartition(":")[2]
    cut = {"ConnectionRefusedError\n", "OSError\n"}
    assert python(sandbox, CONNECT, 30, port).stdout in cut
    sandbox.set_network("install")
    assert python(sandbox, CONNECT, 30, port).stdout == "reached\n"
    sandbox.set_network("none")
    assert python(sandbox, CONNECT, 30, port).stdout in cut
    allowed = Command(("python3", "-c", CONNECT, port), 30, network=True)
    assert sandbox.exec(allowed).stdout == "reached\n"
    assert python(sandbox, CONNECT, 30, port).stdout in cut


@pytest.mark.parametrize("network", [True, False])
def test_who_has_the_network_and_who_has_none_do_not_run_at_the_same_time(open_e2b: OpenE2B, network: bool) -> None:
    sandbox = open_e2b()
    begun, said = threading.Event(), list[str]()

    def run(name: str, network: bool) -> None:
        program = f"import time; print('{name} begins', flush=True); time.sleep(0.5); print('{name} ends')"
        command = Command(("python3", "-c", program), 60, network=network)

        def note(stream: str, text: str) -> None:
            said.extend(text.splitlines())
            begun.set()

        sandbox.exec(command, note)

    first = threading.Thread(target=run, args=("one", network))
    first.start()
    assert begun.wait(30)
    others = [threading.Thread(target=run, args=(name, not network)) for name in ("two", "three")]
    for thread in others:
        thread.start()
    for thread in (first, *others):
        thread.join(60)
    assert said[:2] == ["one begins", "one ends"] and len(said) == 6


NAMES = {"index.example": "192.0.2.7", "more.example": "192.0.2.8"}


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hosts that have an address, and an index on the first."""
    ask = socket.getaddrinfo

    def look_up(host: Any, *more: Any) -> Any:
        return [(2, 1, 6, "", (NAMES[host], 443))] if host in NAMES else ask(host, *more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(index_hosts, "_table", lambda: {"index.example": ["more.example"]})
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://index.example/simple")
    for name in ("UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


INDEX_ONLY = {"allowOut": ["index.example", "more.example"], "denyOut": ["0.0.0.0/0"]}


@root_only
def test_the_service_is_asked_to_let_installs_reach_the_index_alone(
    e2b: E2BServer, open_e2b: OpenE2B, names: None
) -> None:
    sandbox = open_e2b()
    assert "index_only" in sandbox.features
    assert only(e2b).hosts.endswith("\n192.0.2.7 index.example\n192.0.2.8 more.example\n")
    assert only(e2b).hosts.startswith(Path("/etc/hosts").read_text().rstrip("\n")), "what was there stays"
    shown: list[dict[str, Any]] = []

    def note(stream: str, text: str) -> None:
        shown.append(dict(only(e2b).rules))

    for mode, network in (("none", False), ("install", False), ("none", True), ("install", False), ("none", False)):
        sandbox.set_network(mode)  # type: ignore[arg-type]
        assert sandbox.exec(Command(("python3", "-c", "print()"), 30, network=network), note).ok
    limited, cut = {**INDEX_ONLY, "dnsServers": []}, {"allow_internet_access": False}
    assert shown == [cut, limited, {"allow_internet_access": True}, limited, cut]
    asked = len([path for _, path in e2b.requests if path.endswith("/network")])
    assert python(sandbox, "print()").ok
    assert len([path for _, path in e2b.requests if path.endswith("/network")]) == asked, "only where it changes"


@root_only
@pytest.mark.parametrize("refused", [True, False])
def test_an_index_that_the_service_cannot_be_limited_to_is_declared(
    e2b: E2BServer, open_e2b: OpenE2B, names: None, monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    if refused:
        e2b.faults.append(Fault("/network", 400, {"message": "not on this plan"}, times=9))
    else:  # an index whose name is known at E2B only
        monkeypatch.setattr(index_hosts, "_table", lambda: {"index.example": ["nowhere.invalid"]})
    sandbox = open_e2b()
    assert "index_only" not in sandbox.features and ("network" in sandbox.features) is not refused
    sandbox.set_network("install")
    seen: list[dict[str, Any]] = []
    assert sandbox.exec(Command(("python3", "-c", "print()"), 30), lambda *said: seen.append(only(e2b).rules)).ok
    assert seen == [{} if refused else {**INDEX_ONLY, "allowOut": ["index.example", "nowhere.invalid"]}]


def test_a_network_that_cannot_be_cut_is_declared(e2b: E2BServer, open_e2b: OpenE2B) -> None:
    e2b.faults.append(Fault("/network", 400, {"message": "not on this plan"}, times=9))
    assert "network" not in open_e2b().features


def test_logins_of_the_index_reach_no_program_and_no_output(
    e2b: E2BServer, open_e2b: OpenE2B, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://somebody:hunter22@index.example/simple")
    sandbox = open_e2b()
    sandbox.set_network("install")
    shown = python(sandbox, "import os; print(os.environ['UV_DEFAULT_INDEX'])").stdout
    assert shown == "https://index.example/simple\n"
    assert python(sandbox, "print('hunter22')").stdout == "***\n"


def test_folders_of_this_machine_are_no_index_there(open_e2b: OpenE2B, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_FIND_LINKS", f"{Path(__file__).parents[1]},https://wheels.example/")
    sandbox = open_e2b()
    sandbox.set_network("install")
    assert python(sandbox, "import os; print(os.environ['UV_FIND_LINKS'])").stdout == "https://wheels.example/\n"


def test_the_doctor_creates_one_and_kills_it(e2b: E2BServer, cache: Path) -> None:
    facts = e2b_facts(SandboxOptions(cache=cache))
    assert "Python 3." in facts[0] and e2b.machines == {}


@root_only
@pytest.mark.index
def test_an_environment_goes_over_to_the_program_when_code_of_packages_may_run_and_its_cache_does_not_stay(
    open_e2b: OpenE2B,
) -> None:
    sandbox = open_e2b()
    root = sandbox.places.repo.rpartition("/")[0]
    sandbox.choose_environment("0123456789abcdef")
    build(sandbox, "iniconfig==2.0.0")
    sandbox.set_network("none")
    owner = f"import os; print(os.stat('{sandbox.places.environment}/pyvenv.cfg').st_uid == os.getuid())"
    assert python(sandbox, owner).stdout == "False\n"
    uv, own = f"{sandbox.places.tools}/bin/uv", f"{sandbox.places.environment}/bin/python"
    sandbox.set_network("install")
    done = sandbox.exec(Command((uv, "pip", "install", "--python", own, "tomli==2.0.1"), 120))
    assert done.ok, done.stderr
    sandbox.set_network("none")
    assert python(sandbox, owner).stdout == "True\n"
    cached = f"import os; print(os.path.isdir({root + '/home/uv'!r}), os.access({root + '/store'!r}, os.R_OK))"
    assert python(sandbox, cached).stdout == "True False\n"
    sandbox.seal_environment()
    assert python(sandbox, owner).stdout == "False\n"
    sandbox.choose_environment("fedcba9876543210")
    assert python(sandbox, cached).stdout == "False False\n"

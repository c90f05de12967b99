"""The network that a run contract asks for: only a person can give it."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from p2c.budget import Budget, SpendingLimits
from p2c.errors import SandboxError
from p2c.executor.report import Report
from p2c.executor.runner import CheckRequest, run_checks
from p2c.journal import Journal
from p2c.pipeline.check_folder import GateRequest, name_of, read_candidate
from p2c.pipeline.verify import Checker
from p2c.repo import Repo
from p2c.run_contract import RunContract
from p2c.sandboxes import open_sandbox
from p2c.sandboxes.base import Sandbox
from p2c.session import Session
from p2c.settings import resolve
from tests.executor.plain_sandbox import PlainSandbox

FETCH = """
import socket
socket.create_connection(("127.0.0.1", PORT), 5).close()
print("fetched")
"""
WANTS = "[run]\nsmoke = ['python main.py']\nnetwork = true\ntimeout = 30\n"
CONTRACT = RunContract(smoke=("python main.py",), timeout=30, network=True)
SKIP = frozenset({"types", "lint", "test", "import"})


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def local() -> Iterator[Sandbox]:
    try:
        opened = open_sandbox("local")
    except SandboxError as error:
        pytest.skip(str(error))
    yield opened
    opened.close()


def smoke(sandbox: Sandbox, main: str, contract: RunContract = CONTRACT, consent: bool = False) -> Report:
    repo = Repo({"main.py": main, "requirements.txt": "", "p2c.toml": WANTS})
    request = CheckRequest(contract, skip=SKIP, allow_network=consent)
    return run_checks(repo, request, sandbox, Journal()).report


def always(request: CheckRequest, state: Repo) -> CheckRequest:
    return request


def rules(report: Report) -> list[str]:
    return [finding.rule for finding in report.findings if finding.check == "smoke"]


@pytest.mark.sandbox
@pytest.mark.index
def test_a_contract_alone_opens_nothing_and_consent_opens_it_for_what_asks(local: Sandbox, port: int) -> None:
    fetch = FETCH.replace("PORT", str(port))
    refused = smoke(local, fetch)
    assert rules(refused) == ["NetworkNotAllowed", "ConnectionRefusedError"]
    assert refused.verdict == "unverified", "p2c could not try it"
    first = refused.findings[0]
    assert first.path == "p2c.toml" and "--allow-network" in first.fix and "allow_network = true" in first.fix
    assert smoke(local, fetch, consent=True).verdict == "runs"
    assert rules(smoke(local, fetch, replace(CONTRACT, network=False), consent=True)) == ["ConnectionRefusedError"]


@pytest.mark.sandbox
@pytest.mark.index
def test_a_run_that_does_without_is_a_run(local: Sandbox) -> None:
    assert smoke(local, "print(1)").verdict == "runs"


def test_only_the_smoke_commands_are_given_it(tmp_path: Path) -> None:
    sandbox = PlainSandbox(tmp_path)
    repo = Repo(
        {
            "main.py": "import model\nprint(model.x)\n",
            "model.py": "x = 1\n",
            "test_model.py": "def test_x():\n    assert True\n",
            "requirements.txt": "",
        }
    )
    report = run_checks(repo, CheckRequest(CONTRACT, allow_network=True), sandbox, Journal()).report
    assert report.verdict == "runs"
    [online] = [command for command in sandbox.commands if command.network]
    assert sandbox.commands.index(online) > 1 and len(sandbox.commands) > 5


def test_where_nothing_is_cut_off_nothing_is_said_to_be(tmp_path: Path) -> None:
    sandbox = PlainSandbox(tmp_path)
    assert rules(smoke(sandbox, "raise ValueError(1)")) == ["ValueError"]
    sandbox.features = frozenset({"network"})
    assert rules(smoke(sandbox, "raise ValueError(1)")) == ["NetworkNotAllowed", "ValueError"]


def test_a_folders_own_file_cannot_consent(tmp_path: Path) -> None:
    (tmp_path / "p2c.toml").write_text(WANTS + "[settings]\nallow_network = true\n")
    assert resolve({}, {}, tmp_path)[0].allow_network is False
    mine = tmp_path / "user.toml"
    mine.write_text("allow_network = true\n")
    for consent in (
        resolve({"allow_network": True}, {}, tmp_path),
        resolve({}, {"P2C_ALLOW_NETWORK": "1"}, tmp_path),
        resolve({"allow_network": None}, {}, tmp_path, mine),
    ):
        assert consent[0].allow_network is True


@pytest.mark.sandbox
@pytest.mark.index
@pytest.mark.parametrize("command", [("check", "--only", "smoke"), ("repair", "--no-model", "--diff")])
def test_the_command_line_takes_the_consent(
    local: Sandbox, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "repo"
    folder.mkdir()
    for name, text in {"main.py": FETCH.replace("PORT", str(port)), "p2c.toml": WANTS, "requirements.txt": ""}.items():
        (folder / name).write_text(text)
    argv = [sys.executable, "-m", "p2c", *command, str(folder)]
    refused = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert refused.returncode == 5 and "network = true" in refused.stdout + refused.stderr
    allowed = subprocess.run([*argv, "--allow-network"], capture_output=True, text=True, check=False)
    assert allowed.returncode == 0, allowed.stdout + allowed.stderr


def test_what_was_found_without_is_not_taken_for_what_is_found_with(tmp_path: Path) -> None:
    (tmp_path / "p2c.toml").write_text(WANTS)
    (tmp_path / "main.py").write_text("print(1)\n")
    asked = GateRequest(), GateRequest(allow_network=True)
    assert len({name_of(read_candidate(tmp_path, one), "local") for one in asked}) == 2


def test_a_resumed_run_that_is_allowed_it_checks_again(tmp_path: Path) -> None:
    sandbox = PlainSandbox(tmp_path / "box")
    (tmp_path / "out").mkdir()
    session = Session(None, sandbox, Journal(), Budget(SpendingLimits()))
    repo = Repo({"main.py": "print(1)\n", "requirements.txt": ""})
    for consent in (False, True):
        request = CheckRequest(CONTRACT, skip=SKIP, allow_network=consent)
        checker = Checker(session, partial(always, request), tmp_path / "out")
        for expected in (True, False):
            before = len(sandbox.commands)
            assert checker.check(repo).ok
            assert (len(sandbox.commands) > before) is expected

"""What p2c could not try says nothing about a repository, unless a person or the contract named the command."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from p2c.errors import SandboxError
from p2c.executor.checks.untried import judge
from p2c.executor.entry_points import discover
from p2c.executor.report import Finding, Report
from p2c.executor.run_records import RunRecord
from p2c.executor.runner import CheckRequest, run_checks
from p2c.journal import Journal
from p2c.repo import Repo
from p2c.run_contract import RunContract
from p2c.sandboxes import open_sandbox
from p2c.sandboxes.base import Command, ExecResult, Sandbox

GUARD = "\n\nif __name__ == '__main__':\n    main()\n"
REPOSITORIES = {
    "UntriedArguments": "import argparse\n\n\ndef main():\n    p = argparse.ArgumentParser()\n"
    "    p.add_argument('--data', required=True)\n    print(p.parse_args())\n",
    "UntriedNetwork": "import urllib.request\n\n\ndef main():\n"
    "    urllib.request.urlretrieve('https://data.example.org/a.csv', 'a.csv')\n",
    "UntriedGpu": "import ctypes\n\n\ndef main():\n    ctypes.CDLL('libcuda.so.1')\n",
    "UntriedDisplay": "def main():\n    raise RuntimeError('no display name and no $DISPLAY environment variable')\n",
    "UntriedServer": "import http.server\n\n\ndef main():\n"
    "    http.server.HTTPServer(('127.0.0.1', 8080), http.server.BaseHTTPRequestHandler).serve_forever()\n",
}
BROKEN = {
    "a name": "def main():\n    print(nothing)\n",
    "a value": "def main():\n    raise ValueError('the data is empty')\n",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    try:
        opened = open_sandbox("local")
    except SandboxError as error:
        pytest.skip(str(error))
    yield opened
    opened.close()


def checked(sandbox: Sandbox, text: str, given: tuple[str, ...] = ()) -> Report:
    repo = Repo({"main.py": text + GUARD, "requirements.txt": ""})
    contract = replace(discover(repo, given), timeout=8.0)
    skip = frozenset({"types", "lint", "import"})
    return run_checks(repo, CheckRequest(contract, skip=skip), sandbox, Journal()).report


@pytest.mark.sandbox
@pytest.mark.parametrize("rule", REPOSITORIES)
def test_what_a_guessed_command_lacks_is_unverified(sandbox: Sandbox, rule: str) -> None:
    report = checked(sandbox, REPOSITORIES[rule])
    assert (report.verdict, [finding.rule for finding in report.findings]) == ("unverified", [rule])
    assert "--run CMD" in report.findings[0].fix


@pytest.mark.sandbox
@pytest.mark.parametrize("rule", REPOSITORIES)
def test_a_command_that_was_named_counts(sandbox: Sandbox, rule: str) -> None:
    assert checked(sandbox, REPOSITORIES[rule], ("python main.py",)).verdict == "broken"


@pytest.mark.sandbox
@pytest.mark.parametrize("what", BROKEN)
def test_a_fault_of_the_code_counts_though_the_command_was_guessed(sandbox: Sandbox, what: str) -> None:
    assert checked(sandbox, BROKEN[what]).verdict == "broken"


@pytest.mark.parametrize(("busy", "gates"), [(True, False), (False, True)])
def test_a_time_out_on_a_busy_machine_says_nothing(busy: bool, gates: bool) -> None:
    result = ExecResult(Command(("x",), 9), None, timed_out=True)
    finding = Finding("smoke", "Timeout", "`python main.py` was not done after 9 s")
    (judged,) = judge([finding], RunRecord(result, busy=busy), RunContract(origin="--run"))
    assert judged.gates == gates

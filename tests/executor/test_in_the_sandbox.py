"""The whole of it where it is meant to run: under bubblewrap, with packages from the index."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from p2c.errors import SandboxError
from p2c.executor.runner import CheckRequest, CheckRun, run_checks
from p2c.journal import Journal
from p2c.repo import Repo
from p2c.run_contract import RunContract
from p2c.sandboxes import open_sandbox
from p2c.sandboxes.base import Sandbox

pytestmark = [pytest.mark.sandbox, pytest.mark.index]

MAIN = """
import json, socket
import yaml

def reach():
    try:
        socket.create_connection(("127.0.0.1", 9), 1)
    except OSError as error:
        return error.errno
    return 0

if __name__ == "__main__":
    cfg = yaml.safe_load(open("config.yaml"))
    with open("metrics.json", "w") as stream:
        json.dump({"rate": cfg["rate"] * 2, "network": reach()}, stream)
"""
FILES = {"main.py": MAIN, "config.yaml": "rate: 1.0e-3\n", "requirements.txt": "PyYAML>=6\n"}
CONTRACT = RunContract(smoke=("python main.py",), artifacts=("metrics.json",), timeout=60)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    try:
        opened = open_sandbox("local")
    except SandboxError as error:
        pytest.skip(str(error))
    yield opened
    opened.close()


def check(sandbox: Sandbox, files: dict[str, str], fresh: bool = False) -> CheckRun:
    request = CheckRequest(CONTRACT, fresh=fresh, skip=frozenset({"types"}))
    return run_checks(Repo({**FILES, **files}), request, sandbox, Journal())


@pytest.mark.parametrize("fresh", [False, True])
def test_it_runs_from_its_lock(sandbox: Sandbox, fresh: bool) -> None:
    done = check(sandbox, {}, fresh)
    assert done.report.verdict == "runs", done.report.findings
    assert done.lock.startswith("pyyaml==6")


def test_wrong_names_are_all_told_at_once(sandbox: Sandbox) -> None:
    done = check(sandbox, {"requirements.txt": "yaml\njson\nno-such-thing-at-all-8417\nPyYAML==5.999\n"})
    assert [(f.rule, f.line) for f in done.report.findings if f.check == "install"] == [
        ("WrongDistribution", 1),
        ("StdlibRequirement", 2),
        ("UnknownPackage", 3),
        ("NoMatchingVersion", 4),
    ]


def test_text_in_yaml_fails_with_its_cause_beside_it(sandbox: Sandbox) -> None:
    done = check(sandbox, {"config.yaml": "rate: 1e-3\n", "main.py": MAIN.replace("* 2", "* 2.0")})
    assert [(f.rule, f.gates) for f in done.report.findings] == [("P2C001", False), ("TypeError", True)]
    frame = done.report.gating[0].frames[-1]
    assert (frame.path, frame.locals["cfg"]) == ("main.py", "dict of 1: 'rate': '1e-3'")

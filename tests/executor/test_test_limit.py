"""An endless test costs its share of the time, and the tests behind it are still run."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2c.executor import instrumented_sandbox
from p2c.executor.checks.base import CheckRequest
from p2c.executor.entry_points import discover
from p2c.executor.instrumented_sandbox import test_seconds as seconds_for_one
from p2c.executor.report import Report
from p2c.executor.runner import run_checks
from p2c.journal import Journal
from p2c.repo import Repo
from tests.executor.plain_sandbox import PlainSandbox

ENDLESS = """
import time


def test_turns():
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            pass


def test_waits():
    import threading
    threading.Event().wait()


def test_adds():
    assert 1 + 1 == 2
"""


def checked(root: Path, tests: str, monkeypatch: pytest.MonkeyPatch, seconds: float) -> Report:
    """What the test check says of one file of tests, where one test may take so many seconds."""
    monkeypatch.setattr(instrumented_sandbox, "test_seconds", lambda _: seconds)
    repo = Repo({"main.py": "print('done')\n", "requirements.txt": "", "test_it.py": tests})
    request = CheckRequest(contract=discover(repo), only=frozenset({"test"}))
    return run_checks(repo, request, PlainSandbox(root / "sandbox"), Journal()).report


def test_endless_tests_fail_where_they_were_and_the_others_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = checked(tmp_path, ENDLESS, monkeypatch, 1.0)
    told = [(finding.rule, finding.message.partition(":")[2].split()[0]) for finding in report.gating]
    assert told == [("Timeout", ":test_turns:"), ("Timeout", ":test_waits:")]
    assert report.gating[0].path == "test_it.py"
    assert report.gating[0].line in (8, 9, 10, 11)


def test_a_fixture_is_limited_too_and_what_ends_in_time_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tests = (
        "import signal, time, pytest\n\n\n@pytest.fixture\ndef slow():\n    time.sleep(600)\n\n\n"
        "def test_with_it(slow):\n    pass\n\n\n"
        "def test_with_signals():\n    assert signal.getsignal(signal.SIGALRM) is not None\n    time.sleep(0.2)\n"
    )
    report = checked(tmp_path, tests, monkeypatch, 2.0)
    assert [(finding.rule, finding.line) for finding in report.gating] == [("Timeout", 6)]


def test_tests_that_end_in_time_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = checked(tmp_path, "import time\n\n\ndef test_it():\n    time.sleep(0.1)\n", monkeypatch, 5.0)
    assert report.status("test") == "passed"


@pytest.mark.parametrize(("whole", "one"), [(300.0, 60.0), (10.0, 10.0), (90.0, 60.0), (1000.0, 200.0)])
def test_one_test_has_a_fifth_and_up_to_a_minute(whole: float, one: float) -> None:
    assert seconds_for_one(whole) == one

"""Imports side by side and not twice, in real processes."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from p2c.executor.in_sandbox import _p2c_supervisor as supervisor
from p2c.executor.report import CheckResult
from p2c.executor.run_records import opened
from p2c.executor.runner import CheckRequest, run_checks
from p2c.executor.session_cache import SessionCache
from p2c.journal import Journal
from p2c.repo import Repo
from p2c.run_contract import RunContract
from tests.executor.plain_sandbox import PlainSandbox

WAIT = (
    "import pathlib, sys, time\npathlib.Path(sys.argv[1]).touch()\n"
    "end = time.monotonic() + 20\nwhile not pathlib.Path(sys.argv[2]).exists():\n"
    "    assert time.monotonic() < end\n    time.sleep(0.01)\n"
)


KEY = "0f" * 32


def ran(tmp_path: Path, jobs: list[dict[str, Any]], most: int = 8) -> list[dict[str, Any]]:
    processes = Path(supervisor.__file__).with_name("_p2c_processes.py").read_text()
    order = {"key": KEY, "out": str(tmp_path / "out"), "clean": "", "most": most, "sources": {}, "jobs": jobs}
    order["processes"] = processes
    (tmp_path / "order").write_text(json.dumps(order))
    words = [sys.executable, "-I", "-S", supervisor.__file__, str(tmp_path / "order")]
    subprocess.run(words, check=False, timeout=60)
    results = opened((tmp_path / "out").read_bytes(), KEY, len(jobs))
    return [result for result in results if result is not None]


def job(code: str, *words: str, seconds: float = 20.0, **env: str) -> dict[str, Any]:
    argv = [sys.executable, "-c", code, *words]
    plain = {"entry": [], "words": [], "folder": "/", "inherit": False}
    return {"argv": argv, "env": env, "seconds": seconds, **plain}


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core: nothing runs side by side")
def test_programs_run_side_by_side(tmp_path: Path) -> None:
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    assert [done["exit_code"] for done in ran(tmp_path, [job(WAIT, one, two), job(WAIT, two, one)])] == [0, 0]


def test_each_says_how_it_ended_in_the_order_of_the_jobs(tmp_path: Path) -> None:
    jobs = [
        job("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"),
        job("import os; print(os.environ['NAME'])", NAME="value"),
        job("import os; os.kill(os.getpid(), 9)"),
        job("print('x' * 300_000 + 'end')"),
    ]
    failed, fine, killed, loud = ran(tmp_path, jobs, most=2)
    assert (failed["exit_code"], failed["stdout"], failed["stderr"]) == (3, "out\n", "err\n")
    assert (fine["exit_code"], fine["stdout"]) == (0, "value\n")
    assert killed["exit_code"] == -9
    assert loud["stdout"].endswith("xend\n") and len(loud["stdout"]) == supervisor.KEPT


def test_one_that_takes_too_long_ends_with_all_that_it_started(tmp_path: Path) -> None:
    child = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', sys.argv[1]]); time.sleep(60)"
    grandchild = f"import time; time.sleep(3); open({str(tmp_path / 'late')!r}, 'w')"
    (late,) = ran(tmp_path, [job(child, grandchild, seconds=1.0)])
    assert late["timed_out"] and late["exit_code"] is None
    time.sleep(3)
    assert not (tmp_path / "late").exists()


GOOD = b"[{}]"
CODE = hmac.new(bytes.fromhex(KEY), GOOD, hashlib.sha256).hexdigest().encode()
DEEP = CODE + b"\n" + b"[" * 100_000
FORGED = [None, b"", GOOD, b"\n" + GOOD, b"0" * 64 + b"\n" + GOOD, CODE, CODE + b"\n[{} ]", DEEP]


@pytest.mark.parametrize("data", FORGED, ids=range(len(FORGED)))
def test_what_has_not_the_code_is_no_answer(data: bytes | None) -> None:
    assert opened(data, KEY, 1) == [None]


def test_what_has_the_code_is_one() -> None:
    assert opened(CODE + b"\n" + GOOD, KEY, 1) == [{}]


FILES = {
    "base.py": "WIDTH = 3\n",
    "model.py": "from base import WIDTH\n",
    "other.py": "import json\n",
    "broken.py": "import base\nbase.missing()\n",
    "killed.py": "import os\nos.kill(os.getpid(), 9)\n",
    "config.yaml": "a: 1\n",
}


class Counted(PlainSandbox):
    """Tells which modules were imported side by side, and which alone."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.orders: list[list[str]] = []

    def add(self, files: Mapping[str, bytes]) -> None:
        super().add(files)
        for data in (json.loads(data) for path, data in files.items() if path.endswith(".json")):
            self.orders.append([job["words"][-1] for job in data["jobs"] if "import" in job["words"]])

    def together(self) -> list[str]:
        return [name for names in self.orders if len(names) > 1 for name in names]

    def alone(self) -> list[str]:
        found = [name for names in self.orders if len(names) == 1 for name in names]
        self.orders.clear()
        return found


@pytest.fixture
def sandbox(tmp_path: Path) -> Counted:
    return Counted(tmp_path)


def imported(sandbox: PlainSandbox, files: dict[str, str], passed: set[str]) -> CheckResult:
    request = CheckRequest(RunContract(timeout=30), only=frozenset({"import"}), known=SessionCache(imported=passed))
    report = run_checks(Repo(files), request, sandbox, Journal()).report
    return next(result for result in report.results if result.check == "import")


def test_what_fails_is_found_and_what_was_killed_is_run_again_alone(sandbox: Counted) -> None:
    found = {finding.path: finding for finding in imported(sandbox, FILES, set()).findings}
    assert sorted(sandbox.together()) == ["base", "broken", "killed", "model", "other"]
    assert sandbox.alone() == ["killed"]
    assert (found["broken.py"].rule, found["broken.py"].line) == ("AttributeError", 2)
    assert set(found) == {"broken.py", "killed.py"}


def test_imports_that_are_in_each_others_way_are_judged_alone(sandbox: Counted) -> None:
    """Each takes a lock that the other may hold; one after the other they go well."""
    lock = str(sandbox.root / "lock")
    taking = (
        f"import os, time\nos.close(os.open({lock!r}, os.O_CREAT | os.O_EXCL))\ntime.sleep(0.5)\nos.unlink({lock!r})\n"
    )
    assert imported(sandbox, {"one.py": taking, "two.py": taking, "three.py": taking}, set()).status == "passed"


def test_only_what_a_change_can_reach_is_imported_again(sandbox: Counted) -> None:
    passed: set[str] = set()
    files = {path: text for path, text in FILES.items() if path not in ("broken.py", "killed.py")}
    imported(sandbox, files, passed)
    assert sorted(sandbox.together()) == ["base", "model", "other"]
    sandbox.alone()

    def again(**changes: str) -> list[str]:
        imported(sandbox, {**files, **{name.replace("_", "."): text for name, text in changes.items()}}, passed)
        return sorted(sandbox.together()) + sandbox.alone()

    assert again() == []
    assert again(other_py="import json, sys\n") == ["other"]
    assert again(base_py="WIDTH = 4\n") == ["base", "model"]
    assert again(base_py="WIDTH = 4\n") == []
    assert again(config_yaml="a: 2\n") == ["base", "model", "other"]
    assert again(more_txt="a new name\n") == ["base", "model", "other"]


def test_what_does_not_change_in_a_session_is_asked_once(sandbox: Counted) -> None:
    """The Python, the lock and what the environment provides; an import check that has nothing new starts nothing."""
    known = SessionCache()
    request = CheckRequest(RunContract(timeout=30), only=frozenset({"import"}), known=known)
    files = {"main.py": "import json\n", "requirements.txt": "# none\n"}

    def started() -> list[str]:
        sandbox.commands.clear()
        run_checks(Repo(files), request, sandbox, Journal())
        return [" ".join(command.argv[:4]) for command in sandbox.commands]

    first = started()
    assert any("python find" in line for line in first) and any("-I -S" in line for line in first)
    assert started() == [], "all of it is known"
    files["requirements.txt"] = "thing @ file:///nowhere/thing-1-py3-none-any.whl\n"
    assert any("compile" in line for line in started()), "other requirements are resolved"
    assert started() == []
    files["requirements.txt"] = "./nowhere\n"
    for _ in range(2):
        assert any("compile" in line for line in started()), "what a path says may change every time"


def test_what_failed_is_imported_again_and_a_new_set_knows_nothing(sandbox: Counted) -> None:
    passed: set[str] = set()
    files = {path: FILES[path] for path in ("base.py", "broken.py", "other.py")}
    assert imported(sandbox, files, passed).status == "failed"
    sandbox.together()
    assert imported(sandbox, files, passed).status == "failed"
    assert sandbox.alone()[-1:] == ["broken"]
    assert imported(sandbox, files, set()).status == "failed"
    assert sorted(sandbox.together()) == ["base", "broken", "other"]

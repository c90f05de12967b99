"""Run pytest and write what became of each test, with the exceptions as the recorder describes them.

Given to the program's own interpreter by `_p2c_supervisor.py`, behind `_p2c_exceptions.py` and `_p2c_recorder.py`.

    words: ROOT LIMIT PATHS PYTEST [ARGUMENT]...

PYTEST is a folder that is appended to sys.path, for where the environment has no pytest of its own.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from p2c.executor.in_sandbox._p2c_exceptions import describe
    from p2c.executor.in_sandbox._p2c_recorder import prepare

MAX_FAILURES = 50
EXPECTED = ("Skipped", "SkipTest", "XFailed")
"""What a test ends itself with and is not failed by."""


class OutcomeRecorder:
    """A pytest plugin that takes down each test's outcome twice: as it came about, and as it was reported.

    `tests` has the outcome by node id, `left_out` the node ids that were collected and deselected, `skipped` the files
    that skipped themselves, `changed` tests whose failure became something else on its way into the report, `not_run`
    those whose function was not called.
    """

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root)
        self.counts: dict[str, int] = {}
        self.failures: list[dict[str, Any]] = []
        self.tests: dict[str, str] = {}
        self.left_out: list[str] = []
        self.skipped: list[str] = []
        self.changed: list[str] = []
        self.not_run: list[str] = []
        self.prepared: set[str] = set()
        self.called: set[str] = set()

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Count each test once; failures are described where the exception is at hand, below."""
        if report.when == "call" or report.outcome != "passed":
            self.counts[report.outcome] = self.counts.get(report.outcome, 0) + 1
            self.tests[report.nodeid] = report.outcome
        lacking = report.nodeid in self.prepared - self.called
        if report.when == "call" and report.outcome == "passed" and lacking:
            self.not_run.append(report.nodeid)

    def pytest_deselected(self, items: list[Any]) -> None:
        """Note what the command line, the configuration or a hook has taken out."""
        self.left_out += [item.nodeid for item in items]

    def pytest_collectreport(self, report: Any) -> None:
        """Note files that skip themselves."""
        if report.outcome == "skipped":
            self.skipped.append(report.nodeid)

    def pytest_runtest_call(self, item: Any) -> None:
        """See whether the test's own function is called, where it is a plain one."""
        function = getattr(item, "obj", None)
        if type(item).__name__ != "Function" or not callable(function) or _is_async(function):
            return
        import functools

        @functools.wraps(function)
        def seen(*words: Any, **named: Any) -> Any:
            self.called.add(item.nodeid)
            return function(*words, **named)

        self.prepared.add(item.nodeid)
        item.obj = seen

    def pytest_runtest_makereport(self, item: Any, call: Any) -> Generator[None, Any, None]:
        """Compare what a call ended with and what is reported of it (a wrapper around everybody's hooks)."""
        outcome = yield
        report = outcome.get_result()
        error = call.excinfo
        expected = hasattr(report, "wasxfail") or (error is not None and error.typename in EXPECTED)
        if error is not None and report.outcome != "failed" and not expected:
            self.changed.append(item.nodeid)

    def pytest_exception_interact(self, node: Any, call: Any, report: Any) -> None:
        """Describe what failed in a test, in its set-up, or in the collection of a file."""
        if len(self.failures) >= MAX_FAILURES:
            return
        error = getattr(call.excinfo.value, "__cause__", None) if not hasattr(report, "when") else None
        error = error or call.excinfo.value
        where = getattr(report, "location", None) or (node.nodeid, 0, node.name)
        described = describe(error, self.root)
        if not described["frames"]:
            described["message"] = str(report.longrepr)[-2000:]
        described["frames"] = [
            f for f in described["frames"] if "_pytest" not in f["file"] and "pluggy" not in f["file"]
        ]
        self.failures.append({"id": node.nodeid, "path": where[0], "line": (where[1] or 0) + 1, "error": described})


def _is_async(function: Any) -> bool:
    return bool(getattr(function, "__code__", None) and function.__code__.co_flags & 0x380)


def main(order: dict[str, Any]) -> None:
    """Run pytest in this process and end with its exit code."""
    root, limit, paths, folder = order["words"][:4]
    arguments = order["words"][4:]
    sys.path[0:0] = [os.getcwd(), *[place for place in paths.split(os.pathsep) if place]]  # noqa: PTH109
    sys.path.append(folder)
    record = prepare(order, root, limit)
    import pytest

    pytest.hookimpl(hookwrapper=True, tryfirst=True)(OutcomeRecorder.pytest_runtest_makereport)
    pytest.hookimpl(tryfirst=True)(OutcomeRecorder.pytest_runtest_call)
    outcomes = OutcomeRecorder(root)
    sys.argv = ["pytest", *arguments]
    options = ["-q", "--color=no", "-p", "no:faulthandler", *arguments]
    code = int(pytest.main(options, plugins=[outcomes]))
    record.note(
        exit=code,
        counts=outcomes.counts,
        failures=outcomes.failures,
        tests=outcomes.tests,
        **{name: getattr(outcomes, name)[:500] for name in ("left_out", "skipped", "changed", "not_run")},
    )
    sys.exit(code)

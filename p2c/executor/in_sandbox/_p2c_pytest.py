"""Run pytest and write what became of each test, with the exceptions as the recorder describes them.

Given to the program's own interpreter by `_p2c_supervisor.py`, behind `_p2c_exceptions.py` and `_p2c_recorder.py`.

    words: ROOT LIMIT PATHS PYTEST SECONDS [ARGUMENT]...

PYTEST is a folder that is appended to sys.path, for where the environment has no pytest of its own; SECONDS are what
one test, and each of its fixtures' phases, may take.
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


class Timeout(BaseException):
    """A test took longer than one test may; not an Exception, so that tests' own handlers let it pass."""


class TimeLimit:
    """A pytest plugin that ends a test, its set-up or its tear-down after some seconds, where signals can.

    Time in which the machine kept the test waiting for a processor does not count. A limit that the repository sets
    itself (pytest-timeout) holds in its place.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.until = 0.0

    def limited(self, item: Any) -> Generator[None, Any, None]:
        """Let one phase of a test run under the limit (a wrapper around everybody's hooks)."""
        import signal
        import threading

        if threading.current_thread() is not threading.main_thread() or _has_own_limit(item):
            yield
            return
        before = signal.signal(signal.SIGALRM, lambda *_: self.over(item.nodeid))
        self.until = _counted() + self.seconds
        signal.setitimer(signal.ITIMER_REAL, self.seconds, 1.0)
        yield
        self.until = 0.0
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)

    def over(self, name: str) -> None:
        """End what is running, once its time is over."""
        if self.until and _counted() >= self.until:
            raise Timeout(f"{name} was not done after {self.seconds:g} s")

    def pytest_runtest_setup(self, item: Any) -> Generator[None, Any, None]:
        """Limit the set-up."""
        yield from self.limited(item)

    def pytest_runtest_call(self, item: Any) -> Generator[None, Any, None]:
        """Limit the test."""
        yield from self.limited(item)

    def pytest_runtest_teardown(self, item: Any) -> Generator[None, Any, None]:
        """Limit the tear-down."""
        yield from self.limited(item)


def _has_own_limit(item: Any) -> bool:
    if not item.config.pluginmanager.hasplugin("timeout"):
        return False
    return bool(item.get_closest_marker("timeout") or item.config.getini("timeout") or item.config.getvalue("timeout"))


def _counted() -> float:
    """Seconds, without those in which this thread waited for a processor."""
    import time

    try:
        with open("/proc/thread-self/schedstat") as file:  # noqa: PTH123
            return time.monotonic() - int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return time.monotonic()


def _is_async(function: Any) -> bool:
    return bool(getattr(function, "__code__", None) and function.__code__.co_flags & 0x380)


def main(order: dict[str, Any]) -> None:
    """Run pytest in this process and end with its exit code."""
    root, limit, paths, folder, seconds = order["words"][:5]
    arguments = order["words"][5:]
    sys.path[0:0] = [os.getcwd(), *[place for place in paths.split(os.pathsep) if place]]  # noqa: PTH109
    sys.path.append(folder)
    record = prepare(order, root, limit)
    import pytest

    pytest.hookimpl(hookwrapper=True, tryfirst=True)(OutcomeRecorder.pytest_runtest_makereport)
    pytest.hookimpl(tryfirst=True)(OutcomeRecorder.pytest_runtest_call)
    for phase in (TimeLimit.pytest_runtest_setup, TimeLimit.pytest_runtest_call, TimeLimit.pytest_runtest_teardown):
        pytest.hookimpl(hookwrapper=True, tryfirst=True)(phase)
    outcomes = OutcomeRecorder(root)
    sys.argv = ["pytest", *arguments]
    options = ["-q", "--color=no", "-p", "no:faulthandler", *arguments]
    code = int(pytest.main(options, plugins=[outcomes, TimeLimit(float(seconds))]))
    record.note(
        exit=code,
        counts=outcomes.counts,
        failures=outcomes.failures,
        tests=outcomes.tests,
        **{name: getattr(outcomes, name)[:500] for name in ("left_out", "skipped", "changed", "not_run")},
    )
    sys.exit(code)

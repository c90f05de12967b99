"""Run pytest and write each test's outcome, with the exceptions as the recorder describes them.

Copied into the sandbox, with `witness.py` beside it; runs under the program's own Python (3.8 or later).

    python tester.py OUT ROOT LIMIT PYTEST PATHS [ARGUMENT]...

PYTEST is a folder that is appended to sys.path, for where the environment has no pytest of its own.
"""

# ruff: noqa: PTH109, PTH123

from __future__ import annotations

import faulthandler
import json
import os
import sys

import witness  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_FAILURES = 50


class Outcomes:
    """A pytest plugin that counts outcomes and describes failures."""

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root)
        self.counts: dict[str, int] = {}
        self.failures: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Count each test once; failures are described where the exception is at hand, below."""
        if report.when == "call" or report.outcome != "passed":
            self.counts[report.outcome] = self.counts.get(report.outcome, 0) + 1

    def pytest_exception_interact(self, node: Any, call: Any, report: Any) -> None:
        """Describe what failed in a test, in its set-up, or in the collection of a file."""
        if len(self.failures) >= MAX_FAILURES:
            return
        error = getattr(call.excinfo.value, "__cause__", None) if not hasattr(report, "when") else None
        error = error or call.excinfo.value
        where = getattr(report, "location", None) or (node.nodeid, 0, node.name)
        described = witness.describe(error, self.root)
        if not described["frames"]:
            described["message"] = str(report.longrepr)[-2000:]
        described["frames"] = [
            f for f in described["frames"] if "_pytest" not in f["file"] and "pluggy" not in f["file"]
        ]
        self.failures.append({"id": node.nodeid, "path": where[0], "line": (where[1] or 0) + 1, "error": described})


def main() -> None:
    """Run pytest in this process and end with its exit code."""
    out, root, limit, folder, paths = sys.argv[1:6]
    sys.path[0:1] = [os.getcwd(), *[place for place in paths.split(os.pathsep) if place]]
    sys.path.append(folder)
    faulthandler.dump_traceback_later(float(limit), file=open(out + ".late", "w"))  # noqa: SIM115
    import pytest

    outcomes = Outcomes(root)
    options = ["-q", "--color=no", "-p", "no:faulthandler", *sys.argv[6:]]
    sys.argv = ["pytest", *sys.argv[6:]]
    code = int(pytest.main(options, plugins=[outcomes]))
    with open(out, "w", encoding="utf-8", errors="backslashreplace") as stream:
        json.dump({"exit": code, "counts": outcomes.counts, "failures": outcomes.failures}, stream)
    sys.exit(code)


if __name__ == "__main__":
    main()

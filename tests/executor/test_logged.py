import pytest

from p2c.executor import parsers
from p2c.executor.instrumented_sandbox import RunRecord
from p2c.sandboxes.base import Command, ExecResult, Places


def said(stderr: str) -> list[str]:
    places = Places("/w/repo", "/w/env", "/w/tools", "/w/scratch")
    result = ExecResult(Command(("python",), 1.0), 0, "done\n", stderr)
    return [finding.message for finding in parsers.logged("smoke", "python main.py", RunRecord(result, {}), places)]


@pytest.mark.parametrize(
    "line",
    [
        "2026-01-01 10:00:00,000 - ERROR - Error loading dataset 'cifar10': no such folder",
        "[2026-01-01] [ERROR] no data",
        "ERROR:root:no data",
        "2026-01-01 | ERROR    | main:run:3 - no data",
        "Traceback (most recent call last):",
    ],
)
def test_errors_that_a_run_caught_and_logged_are_told(line: str) -> None:
    assert said(f"INFO fine\n{line}\n") == [
        f"`python main.py` ended with 0, but said of itself that 1 things failed, first: {line}"
    ]


@pytest.mark.parametrize("line", ["Error rate: 0.03", "MEAN SQUARE ERROR: 0.1", "INFO:root:no ERROR here", "mse 0.1"])
def test_other_lines_are_not(line: str) -> None:
    assert said(f"{line}\n") == []

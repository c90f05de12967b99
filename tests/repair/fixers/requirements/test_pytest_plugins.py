from __future__ import annotations

import pytest

from p2c.executor.report import Finding
from p2c.repair.fixers.requirements import pytest_plugins
from tests.repair.fixers.making import case, cured

FILES = {"requirements.txt": "numpy\n", "calc.py": "", "tests/test_calc.py": "import calc\n"}


def asked(message: str, check: str = "test") -> list[str]:
    after = cured(pytest_plugins.fix, case(FILES, Finding(check, "ExitCode", message)))
    return after.get("requirements.txt", "numpy\n").split()[1:]


@pytest.mark.parametrize(
    ("message", "plugins"),
    [
        ("`pytest` ended with 4: pytest: error: unrecognized arguments: --cov=calc --cov-report=term -n 2",
         ["pytest-cov", "pytest-xdist"]),
        ("unrecognized arguments: --timeout=60 --benchmark-skip", ["pytest-timeout", "pytest-benchmark"]),
        ("test_a: fixture 'mocker' not found", ["pytest-mock"]),
        ("async def functions are not natively supported.", ["pytest-asyncio"]),
        ("`pytest` ended with 4: ERROR: Unknown config option: timeout", ["pytest-timeout"]),
        ("ERROR: Missing required plugins: pytest-mock, pytest-xdist>=3", ["pytest-mock", "pytest-xdist"]),
        ("ERROR: Unknown config option: my_own, Missing required plugins: evil", []),
        ("unrecognized arguments: --covered -nothing --own-option", []),
        ("fixture 'my_own' not found", []),
    ],
)  # fmt: skip
def test_the_plugins_that_pytest_misses_are_asked_for(message: str, plugins: list[str]) -> None:
    assert asked(message) == plugins


def test_a_plugin_that_is_asked_for_is_not_asked_for_twice() -> None:
    files = {**FILES, "requirements.txt": "pytest-cov\n"}
    made = case(files, Finding("test", "ExitCode", "unrecognized arguments: --cov=calc"))
    assert pytest_plugins.fix(made) is None

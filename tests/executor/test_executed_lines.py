"""Lines that were executed, of real programs in a sandbox, and what a program that forges them gets out of it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import pytest

from p2c.errors import SandboxError
from p2c.executor.checks.base import CheckRequest
from p2c.executor.executed_lines import ExecutedLines, lines_from_data, measure, read_lines
from p2c.repo import Repo
from p2c.run_contract import RunContract
from p2c.sandboxes import open_sandbox
from p2c.sandboxes.base import Sandbox

FILES = {
    "main.py": textwrap.dedent("""\
        import subprocess
        import sys
        import threading

        from lib import used

        def late():
            return used(3)

        def never():
            return 4

        if __name__ == "__main__":
            thread = threading.Thread(target=late)
            thread.start()
            thread.join()
            subprocess.run([sys.executable, "child.py"], check=True)
        """),
    "lib.py": textwrap.dedent("""\
        SCALE = 2

        def used(x):
            if x < 0:
                x = -x
                x = x + 1
            return SCALE * x

        def tested(x):
            return x - 1

        def dead(x):
            return x * 100
        """),
    "child.py": "def born():\n    return 1\n\nborn()\n",
    "test_lib.py": "from lib import tested\n\ndef test_it():\n    assert tested(3) == 2\n",
}
REPO = Repo(FILES)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    try:
        opened = open_sandbox("local")
    except SandboxError as error:
        pytest.skip(str(error))
    yield opened
    opened.close()


def measured(sandbox: Sandbox, files: dict[str, str] | None = None, python: str = "") -> ExecutedLines:
    contract = RunContract(smoke=("python main.py",), timeout=60, python=python)
    return measure(Repo(FILES | (files or {})), CheckRequest(contract), sandbox)


@pytest.mark.sandbox
@pytest.mark.index
def test_lines_of_the_run_its_threads_its_children_and_its_tests(sandbox: Sandbox) -> None:
    found = measured(sandbox)
    assert found.complete and not found.notes, found.notes
    assert {4, 7, 10} <= found.lines["lib.py"] and not {5, 6, 13} & found.lines["lib.py"]
    assert 8 in found.lines["main.py"], "a thread's"
    assert 2 in found.lines["child.py"], "another Python's"
    assert found.ran("lib.py", FILES["lib.py"], 3, 7) is False, "most of what is cited was skipped"
    assert found.ran("lib.py", FILES["lib.py"], 7, 7) is True
    assert found.ran("lib.py", FILES["lib.py"], 12, 13) is False
    assert found.ran("lib.py", FILES["lib.py"], 1, 1) is True, "a constant"
    assert lines_from_data(found.to_data()) == found


@pytest.mark.sandbox
@pytest.mark.index
def test_a_run_that_dies_tells_nothing_of_what_it_lacks(sandbox: Sandbox) -> None:
    found = measured(sandbox, {"main.py": "from lib import used\nused(1)\nraise SystemExit(3)\n", "test_lib.py": ""})
    assert not found.complete and found.notes
    assert found.ran("lib.py", FILES["lib.py"], 7, 7) is True
    assert found.ran("lib.py", FILES["lib.py"], 12, 13) is None


def test_what_a_program_writes_is_no_more_than_lines_of_the_repository() -> None:
    told = b"lib.py:1\nlib.py:999\n../etc/passwd:1\nlib.py:-3\nlib.py:1:2\n\xff:1\nnone.py:1\nlib.py:13\n" + b"x" * 100
    assert read_lines(told, REPO) == {"lib.py": frozenset({1, 13})}


def test_where_nothing_was_traced_nothing_is_said() -> None:
    assert ExecutedLines().ran("lib.py", FILES["lib.py"], 12, 13) is None
    some = ExecutedLines({"lib.py": frozenset({1})}, complete=True)
    assert some.ran("configs/paper.yaml", "a: 1\n", 1, 1) is None
    assert some.ran("lib.py", FILES["lib.py"], 2, 2) is None, "a blank line"
    with pytest.raises(ValueError, match="not executed lines"):
        lines_from_data({"lines": 3})

"""Notebooks become scripts, line for line; what is found in these is told of the cells."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from p2c.executor import notebooks
from p2c.executor.report import CheckResult, Finding, Frame, Report
from p2c.repo import Repo
from p2c.run_contract import RunContract


def notebook(*cells: str, language: str = "python") -> str:
    made = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    about = {"kernelspec": {"language": language}}
    return json.dumps({"cells": [{"cell_type": "markdown", "source": ["# x"]}, *made], "metadata": about})


def script(*cells: str, path: str = "nb/a.ipynb") -> notebooks.Script:
    (found,) = notebooks.scripts(Repo({path: notebook(*cells)}))
    return found


@pytest.mark.parametrize(
    ("cell", "rows"),
    [
        ("%matplotlib inline\nx = 1", ["pass  # %matplotlib inline", "x = 1"]),
        ("if x:\n    !ls", ["if x:", "    pass  # !ls"]),
        ("y = !ls\nz = %pwd", ["y = []  # y = !ls", "z = []  # z = %pwd"]),
        ("print?", ["pass  # print?"]),
        ("a = (7\n  % 3)", ["a = (7", "  % 3)"]),
        ('t = """\n%d\n!x\n"""', ['t = """', "%d", "!x", '"""']),
        ("%%time\nx = 1", ["# %%time", "x = 1"]),
        ("%%bash\nls", ["# %%bash", "# ls"]),
    ],
)
def test_what_only_ipython_understands_goes_line_for_line(cell: str, rows: list[str]) -> None:
    made = script("first = 1", cell)
    assert made.text.rstrip("\n").split("\n")[2:] == rows
    assert made.cells[2:] == tuple((2, line) for line in range(1, len(rows) + 1))


def test_a_script_runs_from_the_folder_of_its_notebook(tmp_path: Path) -> None:
    made = script("display(open('data.txt').read())", "get_ipython()")
    (tmp_path / "nb").mkdir()
    (tmp_path / "nb/data.txt").write_text("seen")
    (tmp_path / made.path).write_text(made.text)
    done = subprocess.run([sys.executable, made.path], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "seen\n"


def test_the_contract_runs_them_and_no_file_is_overwritten() -> None:
    repo = Repo({"a b.ipynb": notebook("x = 1"), "a b_ipynb.py": "own = 1", "main.py": ""})
    made = notebooks.scripts(repo)
    after, contract = notebooks.added(repo, RunContract(smoke=("python main.py",)), made)
    assert contract.smoke == ("python main.py", "python 'a b_ipynb_.py'")
    assert after.files["a b_ipynb.py"] == "own = 1"
    assert "x = 1" in after.files["a b_ipynb_.py"]


def test_other_languages_checkpoints_and_damage() -> None:
    files = {
        "r.ipynb": notebook("x <- 1", language="R"),
        ".ipynb_checkpoints/a-checkpoint.ipynb": notebook("x"),
        "broken.ipynb": "{",
        "list.ipynb": "[]",
    }
    assert notebooks.scripts(Repo(files)) == ()
    assert [finding.path for finding in notebooks.unreadable(Repo(files))] == ["broken.ipynb", "list.ipynb"]


def test_findings_point_back_to_the_cell() -> None:
    made = script("import os", "def f():\n    return 1 / 0", "f()")
    frames = (Frame(made.path, 5, "<module>", "f()"), Frame(made.path, 4, "f", "return 1 / 0"))
    bad = Finding("smoke", "ZeroDivisionError", "division by zero", made.path, 4, 5, frames)
    late = Finding("smoke", "ExitCode", f"`python '{made.path}'` ended with 3")
    report = notebooks.with_notebook_locations(Report((CheckResult("smoke", "failed", (bad, late)),)), (made,))
    first, second = report.findings
    assert (first.path, first.line, first.message) == ("nb/a.ipynb", None, "cell 2, line 2: division by zero")
    assert [(f.path, f.line, f.function) for f in first.frames] == [
        ("nb/a.ipynb", 1, "cell 3"),
        ("nb/a.ipynb", 2, "f in cell 2"),
    ]
    assert second.message == "`nb/a.ipynb` ended with 3"


def told(*results: CheckResult) -> list[tuple[str, str, bool]]:
    made = script("import os", "total = lacking + 1")
    report = notebooks.with_notebook_locations(Report(results), (made,))
    return [(f.check, f.rule, f.gates) for f in report.findings]


def test_one_fault_is_one_finding() -> None:
    """ruff reads the notebook and its script; mypy and the run meet the same name in the same line."""
    path, book = script("import os", "total = lacking + 1").path, "nb/a.ipynb"
    unused = [Finding("lint", "F401", "`os` imported but unused", one, 2, 8, gates=False) for one in (path, book)]
    lint = [Finding("lint", "F821", "Undefined name `lacking`", one, 3, 9) for one in (book, path)]
    types = Finding("types", "name-defined", 'Name "lacking" is not defined', path, 3, 9, gates=False)
    smoke = Finding("smoke", "NameError", "name 'lacking' is not defined", path, 3, 9)
    found = (
        CheckResult("lint", "failed", (*unused, *lint)),
        CheckResult("types", "passed", (types,)),
        CheckResult("smoke", "failed", (smoke,)),
    )
    assert told(*found) == [("lint", "F401", False), ("lint", "F821", True)]
    report = notebooks.with_notebook_locations(Report(found), (script("import os", "total = lacking + 1"),))
    assert report.status("smoke") == "failed" and report.verdict == "broken"
    assert [r.note for r in report.results] == ["", "told by lint", "told by lint"]


def test_other_faults_of_a_line_and_what_only_advised_before_stay() -> None:
    path = script("import os", "total = lacking + 1").path
    lint = Finding("lint", "F821", "Undefined name `lacking`", path, 3, 9)
    other = Finding("smoke", "TypeError", "'total' is no number", path, 3, 9)
    elsewhere = Finding("smoke", "NameError", "name 'lacking' is not defined", path, 2, 1)
    assert len(told(CheckResult("lint", "failed", (lint,)), CheckResult("smoke", "failed", (other, elsewhere)))) == 3
    advised = replace(lint, gates=False)
    smoke = Finding("smoke", "NameError", "name 'lacking' is not defined", path, 3, 9)
    assert told(CheckResult("lint", "passed", (advised,)), CheckResult("smoke", "failed", (smoke,))) == [
        ("lint", "F821", False),
        ("smoke", "NameError", True),
    ]
    # Without a script of it, what is told of the notebook itself is all there is.
    foreign = Finding("lint", "F821", "Undefined name `x`", "other.ipynb", 1, 1)
    assert told(CheckResult("lint", "failed", (foreign,))) == [("lint", "F821", True)]

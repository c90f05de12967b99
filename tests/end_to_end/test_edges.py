"""The command line in whole: vendored packages, notebooks, types by contract, static checks, git around."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.test_commands import MAIN, _why_not
from tests.end_to_end.toy import p2c

pytestmark = [pytest.mark.sandbox, pytest.mark.index, pytest.mark.skipif(bool(_why_not()), reason=_why_not())]

SETUP = 'import setuptools\n\nsetuptools.setup(name="own-units", version="1.2", packages=["own_units"])\n'
VENDORED = {
    "vendor/units/own_units/__init__.py": "METRE = 1\n",
    "vendor/units/setup.py": SETUP,
    "main.py": "from own_units import METRE\n\nif __name__ == '__main__':\n    print(METRE)\n",
}
WAYS = {
    "path": {"requirements.txt": "./vendor/units\n"},
    "editable": {"requirements.txt": "-e ./vendor/units\n"},
    "address": {"requirements.txt": "own-units @ file:///workspace/vendor/units\nsix>=1.10\n"},
    "poetry": {
        "pyproject.toml": '[tool.poetry.dependencies]\nsix = "^1.10 || ^2"\nown-units = {path = "vendor/units"}\n'
    },
    "uv": {
        "pyproject.toml": '[project]\nname = "a"\nversion = "1"\ndependencies = ["own-units"]\n'
        '[tool.uv.sources]\nown-units = {path = "vendor/units", editable = true}\n'
    },
}


def put(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def checked(root: Path, *words: str) -> tuple[int, dict[str, Any]]:
    done = p2c("check", *words, "--json", cwd=root)
    return done.returncode, json.loads(done.stdout)


def test_packages_that_lie_in_the_repository_install(tmp_path: Path) -> None:
    for name, files in WAYS.items():
        put(tmp_path / name, {**VENDORED, **files})
    code, data = checked(tmp_path, *WAYS, "--skip", "types")
    found = {one["path"]: (one["verdict"], one["why"]) for one in data["repositories"]}
    assert found == dict.fromkeys(WAYS, ("runs", "smoke passed; there are no tests"))
    assert code == 0


def test_a_vendored_package_that_needs_what_is_not_there_is_still_told(tmp_path: Path) -> None:
    put(tmp_path / "r", {**VENDORED, **WAYS["path"], "vendor/units/own_units/__init__.py": "import setuptools_scm\n"})
    code, data = checked(tmp_path, "r", "--skip", "types")
    assert (code, data["verdict"]) == (1, "broken")


def test_static_checks_alone(tmp_path: Path) -> None:
    put(tmp_path / "fine", {"main.py": MAIN, "requirements.txt": ""})
    put(tmp_path / "wrong", {"main.py": "def f(:\n"})
    put(tmp_path / "none", {"index.js": "1\n"})
    only = ("--only", "compile")
    assert [checked(tmp_path, name, *only)[0] for name in ("fine", "wrong", "none")] == [0, 1, 5]
    assert checked(tmp_path, "fine", *only)[1]["verdict"] == "unverified"
    assert checked(tmp_path, "none", *only, "--only", "lint")[0] == 0, "as the pre-commit hook asks"


def test_a_fault_of_a_notebook_is_told_once(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    book = {"cells": [{**cell, "source": "x = 1"}, {**cell, "source": "print(x + unheard_of)"}], "metadata": {}}
    put(tmp_path / "r", {"a.ipynb": json.dumps({**book, "nbformat": 4, "nbformat_minor": 5}), "requirements.txt": ""})
    code, data = checked(tmp_path, "r", "--notebooks")
    found = [finding for check in data["checks"] for finding in check["findings"]]
    assert (code, [(f["rule"], f["gates"]) for f in found]) == (1, [("F821", True)])
    assert found[0]["message"].startswith("cell 2, line 1: ")


def test_types_gate_in_a_repair_too_where_the_contract_says_so(tmp_path: Path) -> None:
    gate = '[run]\nsmoke = ["python m.py"]\n[check]\ngate = ["install", "types", "smoke"]\n'
    put(
        tmp_path / "r", {"m.py": 'def f() -> int:\n    return "a"\n\n\nf()\n', "p2c.toml": gate, "requirements.txt": ""}
    )
    done = p2c("repair", "r", "--no-model", "--diff", "--json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (1, "broken")


def test_a_build_in_a_git_repository_says_so(tmp_path: Path) -> None:
    put(tmp_path, {"paper.md": "# T\n\nA method.\n"})
    words = ("build", "paper.md", "-o", "sub/out", "--model", "m", "--base-url", "http://127.0.0.1:9/v1")
    assert "inside the git repository" not in p2c(*words, cwd=tmp_path).stderr
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert f"inside the git repository {tmp_path}" in p2c(*words[:3], "new/out", *words[4:], cwd=tmp_path).stderr

"""What is published holds what the commands need: a wheel made from the sdist, installed alone, runs the demo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

UV = Path(sys.executable).with_name("uv")


def run(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("P2C_", "PYTHON"))}
    argv = [str(word) for word in words]
    return subprocess.run(argv, check=False, cwd=cwd, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An sdist of what git has, and the wheel that is built from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    tree = folder / "tree"
    tree.mkdir()
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).stdout.split("\0")
    with tarfile.open(folder / "tree.tar", "w") as archive:
        for name in filter(None, listed):
            if (ROOT / name).is_file():
                archive.add(ROOT / name, name)
    with tarfile.open(folder / "tree.tar") as archive:
        archive.extractall(tree, filter="data")
    done = run(UV, "build", "--quiet", "--out-dir", folder / "out", tree, cwd=folder)
    if done.returncode and ("hatchling" in done.stderr and "resolve" in done.stderr):
        pytest.skip(f"the build backend cannot be had here: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stderr
    return folder / "out"


@pytest.fixture(scope="module")
def installed(distributions: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that holds the wheel and what it requires, nothing else."""
    folder = tmp_path_factory.mktemp("alone")
    wheel = next(distributions.glob("*.whl"))
    assert run(UV, "venv", "--quiet", "--python", sys.executable, folder / "venv", cwd=folder).returncode == 0
    python = folder / "venv" / "bin" / "python"
    done = run(UV, "pip", "install", "--quiet", "--python", python, wheel, cwd=folder)
    assert done.returncode == 0, done.stderr
    return python.parent


def test_the_sdist_can_be_built_and_tested_from(distributions: Path) -> None:
    with tarfile.open(next(distributions.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for path in ("pyproject.toml", "Makefile", "LICENSE", "tests/test_distribution.py", "scripts/install-bubblewrap"):
        assert path in names
    assert {str(path.relative_to(ROOT)) for path in (ROOT / "examples").rglob("*") if path.is_file()} <= names


def test_the_wheel_alone_runs_the_demo(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "p2c", "demo", "-o", tmp_path / "demo", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout)["verdict"] == "runs"


def test_the_wheel_alone_checks_a_folder(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "main.py").write_text("print(1)\n")
    done = run(installed / "p2c", "check", "code", "--run", "python main.py", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr

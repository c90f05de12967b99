"""The layers hold, the check that says so can fail, and the command line starts light."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    argv = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    env = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "p2c", tmp_path / "p2c", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_layers_hold() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("repo.py", "from p2c import settings"),
        ("generator/paper.py", "from p2c.executor import report"),
        ("executor/report.py", "from p2c.models import base"),
        ("repair/guards/__init__.py", "import openai"),
        ("stray.py", "x = 1"),
    ],
)
def test_a_breach_is_seen(copy: Path, place: str, line: str) -> None:
    path = copy / "p2c" / place
    path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")
    done = lint(copy)
    assert done.returncode != 0, f"{line} in {place} went unnoticed"


def test_help_imports_nothing_heavy() -> None:
    heavy = ["openai", "pydantic", "liteparse", "libcst", "rich", "docker", "e2b", "mypy", "pytest", "yaml"]
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom p2c.cli import cli\n"
        "assert CliRunner().invoke(cli, ['build', '--help']).exit_code == 0\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

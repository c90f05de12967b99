"""The layers hold, the check that says so can fail, and the command line starts light."""

import ast
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


PARSERS = frozenset({"tomllib", "yaml", "configparser", "plistlib"})
CALLS = frozenset(
    {"json.load", "json.loads", "ast.parse", "ast.literal_eval", "eval", "exec", "pickle.load", "pickle.loads"}
)
ALLOWED = {
    "untrusted_text.py": PARSERS | CALLS,
    "untrusted_yaml.py": PARSERS,
    "limited.py": {"json.load", "json.loads"},  # both ends of a pipe between two p2c
    "executor/explanations.py": {"tomllib"},  # p2c's own table
    "executor/distributions.py": {"json.loads"},  # p2c's own table
    "executor/rules.py": {"yaml"},  # the types of nodes
    "repair/fixers/config_text.py": {"yaml"},  # the types of nodes
    "repair/fixers/yaml_numbers.py": {"yaml"},  # the types of tokens
    "repair/fixers/defaults.py": {"ast.literal_eval"},  # of a tree that has been parsed
    "repair/guards/tested.py": {"ast.parse"},  # of a tree that has been parsed, written out
    "repair/fixers/removed_calls.py": {"ast.parse"},  # of expressions of a tree that has been parsed
    "generator/configs.py": {"yaml"},  # writes
    "executor/baseline.py": set(),
}
ASIDE = ("sandboxes/", "models/", "batch/", "reports/", "state_folder", "journal.py", "recall.py", "scoring/rubric.py")
"""What these read p2c wrote itself, or the user did; the state folder checks its own."""


SENT = frozenset({"repair/eras/inside.py"})
"""What runs inside of the sandbox."""


def parsing(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & PARSERS
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or ""} & PARSERS
        elif isinstance(node, ast.Call):
            found |= {ast.unparse(node.func)} & CALLS
    return found


@pytest.mark.parametrize("path", sorted((ROOT / "p2c").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_strangers_text_is_parsed_in_one_place(path: Path) -> None:
    name = path.relative_to(ROOT / "p2c").as_posix()
    sent = "/in_sandbox/" in name or name in SENT
    if not sent and not name.startswith(ASIDE):
        assert parsing(path) <= ALLOWED.get(name, set())

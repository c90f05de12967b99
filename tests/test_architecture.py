"""The layers hold, the check that says so can fail, and the command line starts light."""

import ast
import graphlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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


def imported_at_once(path: Path, modules: set[str]) -> set[str]:
    """The modules of p2c that importing a module runs first: those that it names, and the packages they are in."""
    name = name_of(path)
    tree = ast.parse(path.read_text())
    named = set[str]()
    for node in tree.body:  # what stands in functions or under TYPE_CHECKING waits
        if isinstance(node, ast.ImportFrom) and node.module:
            named |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
    parts = [one.split(".") for one in named]
    found = {".".join(words[:count]) for words in parts for count in range(1, len(words) + 1)} & modules
    return {one for one in found if one != name and not name.startswith(f"{one}.")}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_any_module_can_be_imported_first() -> None:
    paths = [path for path in sorted((ROOT / "p2c").rglob("*.py")) if "in_sandbox" not in path.parts]
    modules = {name_of(path) for path in paths}
    graph = {name_of(path): imported_at_once(path, modules) for path in paths}
    tuple(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle
    with pytest.raises(graphlib.CycleError):
        below = {**graph, "p2c.errors": graph["p2c.errors"] | {"p2c.repo"}}
        tuple(graphlib.TopologicalSorter(below).static_order())


def test_help_imports_nothing_heavy() -> None:
    heavy = ["openai", "pydantic", "liteparse", "rich", "docker", "e2b", "mypy", "pytest", "yaml"]
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom p2c.cli import cli\n"
        "assert CliRunner().invoke(cli, ['build', '--help']).exit_code == 0\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


PARSERS = frozenset({"tomllib", "tomlkit", "yaml", "configparser", "plistlib"})
CALLS = frozenset(
    {"json.load", "json.loads", "ast.parse", "ast.literal_eval", "eval", "exec", "pickle.load", "pickle.loads"}
)
ALLOWED = {
    "untrusted_text.py": PARSERS | CALLS,
    "untrusted_yaml.py": PARSERS,
    "limited_process.py": {"json.load", "json.loads"},  # both ends of a pipe between two p2c
    "executor/checks/explanations.py": {"tomllib"},  # p2c's own table
    "executor/requirements/distributions.py": {"json.loads"},  # p2c's own table
    "executor/checks/rules.py": {"yaml"},  # the types of nodes
    "repair/fixers/configuration/text_edits.py": {"yaml"},  # the types of nodes
    "repair/fixers/configuration/yaml_numbers.py": {"yaml"},  # the types of tokens
    "repair/fixers/configuration/code_defaults.py": {"ast.literal_eval"},  # of a tree that has been parsed
    "repair/guards/weakened_tests.py": {"ast.parse"},  # of a tree that has been parsed, written out
    "repair/fixers/libraries/changes.py": {"tomllib"},  # p2c's own tables
    "repair/fixers/libraries/templates.py": {"ast.parse"},  # of expressions of a tree that has been parsed
    "generator/config_files.py": {"yaml"},  # writes
    "generator/planning/edited.py": {"yaml"},  # writes
    "executor/baseline.py": set(),
}
ASIDE = (
    "sandboxes/",
    "models/",
    "batch/",
    "reports/",
    "state_folder",
    "journal.py",
    "pipeline/check_cache.py",
    "scoring/rubric.py",
)
"""What these read p2c wrote itself, or the user did; the state folder checks its own."""


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
    sent = "/in_sandbox/" in name
    if not sent and not name.startswith(ASIDE):
        assert parsing(path) <= ALLOWED.get(name, set())


TOOLS = frozenset({"mypy", "pytest", "ruff", "uv"})
"""Dependencies that are run, not imported."""


def unused(imported: set[str]) -> set[str]:
    """The distributions that pyproject.toml asks for and of which no module is imported or run."""
    provided = importlib.metadata.packages_distributions()
    used = {canonicalize_name(name) for top in imported for name in provided.get(top, [])}
    with (ROOT / "pyproject.toml").open("rb") as file:
        asked = {canonicalize_name(Requirement(line).name) for line in tomllib.load(file)["project"]["dependencies"]}
    return asked - used - TOOLS


def test_every_dependency_is_used() -> None:
    imported = set[str]()
    for path in (ROOT / "p2c").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add((node.module or "").partition(".")[0])
    assert not unused(imported)
    assert unused(imported - {"rich"}) == {"rich"}

"""What is sent into a sandbox as source: reserved names, the syntax of Python 3.8, the standard library alone."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "p2c"
FOLDERS = sorted(folder for folder in PACKAGE.rglob("in_sandbox") if folder.is_dir())
SENT = sorted(path for folder in FOLDERS for path in folder.rglob("*.py") if path.name != "__init__.py")
INTERNAL = {"_frozen_importlib", "_frozen_importlib_external"}
"""Modules of the interpreter itself that `sys.stdlib_module_names` does not name."""
TOOLS = {"_p2c_pytest": {"pytest"}}
"""What the sandbox has beside the standard library, for the files that are about it."""


def faults(name: str, source: str) -> list[str]:
    """What a file of an `in_sandbox` folder may not have; empty for a good one."""
    found = [] if name.startswith("_p2c_") else ["its name may be one of the program's own modules"]
    try:
        tree = ast.parse(source, feature_version=(3, 8))
    except SyntaxError as error:
        return [*found, f"Python 3.8 cannot read it: {error.msg}"]
    known = sys.stdlib_module_names | INTERNAL | TOOLS.get(name, set()) | {path.stem for path in SENT}
    imported = {module for node in ast.walk(without_typing(tree)) for module in modules(node)}
    return found + [f"imports {module}" for module in sorted(imported) if module.partition(".")[0] not in known]


def without_typing(tree: ast.Module) -> ast.Module:
    """Without what only a type checker reads, or p2c itself where it imports the file as a part of its package."""

    class Runtime(ast.NodeTransformer):
        def visit_If(self, node: ast.If) -> ast.AST | list[ast.AST]:
            self.generic_visit(node)
            typing = ast.unparse(node.test) in ("TYPE_CHECKING", "TYPE_CHECKING or __package__")
            return list(node.orelse) if typing else node

    return Runtime().visit(tree)


def modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return ["." * node.level + (node.module or "")]
    return []


def test_there_are_such_folders() -> None:
    names = {folder.relative_to(PACKAGE).as_posix() for folder in FOLDERS}
    assert names >= {"executor/in_sandbox", "sandboxes/in_sandbox"} and len(SENT) > 10


@pytest.mark.parametrize("path", SENT, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_program_of_any_age_can_be_its_neighbour(path: Path) -> None:
    assert not faults(path.stem, path.read_text(encoding="utf-8"))


def test_reserved_names_are_used_nowhere_else() -> None:
    outside = [path for path in PACKAGE.rglob("_p2c_*") if not {path.parent, path.parent.parent} & set(FOLDERS)]
    assert not outside


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("recorder", "import os\n"),
        ("_p2c_x", "match 1:\n    case 1:\n        pass\n"),
        ("_p2c_x", "def f[T](x: T) -> T:\n    return x\n"),
        ("_p2c_x", "import numpy.linalg\n"),
        ("_p2c_x", "def f():\n    from p2c.errors import P2CError\n"),
        ("_p2c_x", "from . import y\n"),
        ("_p2c_x", "import pytest\n"),
        ("_p2c_x", "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    import os\nelse:\n    import rich\n"),
    ],
)
def test_a_file_that_cannot_be_sent_is_seen(name: str, source: str) -> None:
    assert faults(name, source)


def test_what_only_a_type_checker_reads_is_not_asked_about() -> None:
    assert not faults("_p2c_x", "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from p2c.errors import P2CError\n")

"""What a patch may touch is a white list: source, the program's configuration, requirements, prose, small data.

Every other file is refused, whatever is changed in it: a person may allow its kind by name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from p2c.errors import UnreadableTextError
from p2c.executor.module_layout import is_test
from p2c.python_source import dotted
from p2c.repair.guards.code_changes import Change, File, Func
from p2c.repair.guards.model import Refusal
from p2c.repair.guards.outdated_tests import follows_the_code
from p2c.repair.guards.requirements import is_requirements, unnamed
from p2c.untrusted_text import load_toml

SMALL = 100_000
"""Characters of a data file that a patch may write: settings and small tables; more is data, or results put there."""

_START_UP = {"sitecustomize.py", "usercustomize.py", ".python-version", "runtime.txt"}
_BUILD = {
    "setup.py", "noxfile.py", "fabfile.py", "tasks.py", "hatch_build.py", "versioneer.py", "hubconf.py",
    "makefile", "gnumakefile", "dockerfile", "containerfile", "justfile", "manifest.in", "taskfile.yml",
    "meson.build", "cmakelists.txt", "pixi.toml", "hatch.toml", "pdm.toml", "package.json",
    "docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml", "meta.yaml", "mise.toml",
}  # fmt: skip
_TOOLS = {
    "pytest.ini", ".pytest.ini", "pytest.toml", "tox.ini", "tox.toml", "mypy.ini", ".mypy.ini", "ruff.toml",
    ".ruff.toml", ".flake8", ".coveragerc", "setup.cfg", "pyrightconfig.json", "pylintrc", ".pylintrc", "uv.toml",
    "pip.conf", "pip.ini", "poetry.toml", "bandit.yaml", "codecov.yml", ".isort.cfg", ".pydocstyle", "pytype.cfg",
}  # fmt: skip
_AUTOMATION = {
    "azure-pipelines.yml", "appveyor.yml", "cloudbuild.yaml", "buildspec.yml", "bitbucket-pipelines.yml",
    "renovate.json", "readthedocs.yml", "action.yml", "action.yaml", "codeowners", "netlify.toml",
}  # fmt: skip
_SETTINGS = (".yaml", ".yml", ".json", ".toml", ".ini", ".cfg", ".txt")
_PROSE = (".md", ".rst", ".tex", ".bib")
_DATA = (".csv", ".tsv", ".jsonl", ".dat")
_LEFT = re.compile(r"metric|result|accura|predict|precomputed|baseline|score", re.IGNORECASE)
_NUMBER = re.compile(r"[:,=\s]\s*-?\d*\.?\d")
_KINDS = {
    "start-up": "it is run before any program. A patch may not touch it",
    "build": "it says how the repository is built or started. A patch may not touch it",
    "configuration": "it is a tool's configuration. A patch may not touch it",
    "automation": "it is read by git, an editor or a service, not by the program. A patch may not touch it",
    "files": "it is no source, configuration, requirement, prose or small data. A patch may not touch it",
    "tests": "what steers the tests is not for a patch to touch",
}
_INSTEAD = "Mend the program's source instead."


def places(change: Change) -> Iterator[Refusal]:
    """A file is touched that is none of a patch's business."""
    for path in change.paths:
        kind = "" if path == "p2c.toml" else kind_of(path, change)
        if kind:
            yield Refusal(kind, path, f"{_KINDS[kind]}. {_INSTEAD}")
        elif is_requirements(path) and (what := unnamed(path, change)):
            yield _in_requirements(path, what)
        elif is_test(path):
            yield from _test(path, change)
        else:
            yield from _data(path, change)


def _in_requirements(path: str, what: str) -> Refusal:
    """One file holds requirements, what builds the repository, and tools' settings: say which of them."""
    if what.startswith("tool"):
        return Refusal("configuration", path, f"{what}: {_KINDS['configuration']}. {_INSTEAD}")
    if what.startswith(("build", "project", "metadata", "options", "code beside")):
        return Refusal("build", path, f"{what}: {_KINDS['build']}. {_INSTEAD}")
    return Refusal("requirements", path, f"{what}: only requirements by their names may be written there, by a patch.")


def kind_of(path: str, change: Change) -> str:
    """Return the guard that a path's kind stands under; '' where a patch may touch it, be it with care."""
    parts = [part.lower() for part in PurePosixPath(path).parts]
    name = parts[-1]
    named = _by_name(name)
    if named or is_requirements(path):
        return "" if is_requirements(path) else named
    if name == "conftest.py":
        return "tests"
    if name in (".gitkeep", ".keep"):
        return "automation" if change.after.files.get(path, "").strip() else ""
    if any(part.startswith(".") for part in parts):
        return "automation"
    return _by_suffix(path, change)


def _by_name(name: str) -> str:
    if name in _START_UP or name.endswith(".pth"):
        return "start-up"
    if name in _BUILD or name.startswith(("dockerfile.", "makefile.")):
        return "build"
    if name in _TOOLS:
        return "configuration"
    return "automation" if name in _AUTOMATION else ""


def _by_suffix(path: str, change: Change) -> str:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix == ".py":
        return "build" if _is_back_end(path, change) else ""
    if is_test(path):
        return "tests"
    return "" if suffix in (*_SETTINGS, *_DATA) or _is_prose(path) else "files"


def _is_back_end(path: str, change: Change) -> bool:
    """Whether pyproject.toml names a file, or its module or folder, as what builds the repository."""
    try:
        project = load_toml(change.before.files.get("pyproject.toml", ""))
    except UnreadableTextError:
        return False
    texts = set(_texts({"build-system": project.get("build-system", {})})) | set(_hooks(project.get("tool", {})))
    named = {text.removeprefix("./").partition(":")[0].rstrip("/") for text in texts} - {"", "."}
    whole = path.removesuffix(".py")
    return bool({path, whole.replace("/", "."), path.rpartition("/")[0], whole.rpartition("/")[2]} & named)


def _texts(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping | list):
        for part in data.values() if isinstance(data, Mapping) else data:
            yield from _texts(part)


def _hooks(tools: Any) -> Iterator[str]:
    for table in tools.values() if isinstance(tools, Mapping) else ():
        for key, value in table.items() if isinstance(table, Mapping) else ():
            if key in ("build", "hooks", "cmdclass"):
                yield from _texts(value)


def _test(path: str, change: Change) -> Iterator[Refusal]:
    """A new file of tests may come; what stood in one may only follow a name that the code never had, or lost."""
    if path not in change.before.files:
        if what := _steers(change.pair(path)[1]):
            yield Refusal("tests", path, f"{what}. A new test file holds tests alone, named test_*.py.")
    elif not follows_the_code(path, change):
        message = "a test that is there is not for a patch to change, unless a name, keyword or key in it is nowhere "
        yield Refusal("tests", path, message + "in the code. Change the code until the test passes.")


def _steers(file: File) -> str:
    """What a new file of tests does besides testing; '' for nothing."""
    name = file.path.rpartition("/")[2]
    if not file.text.strip() and name == "__init__.py":
        return ""
    if not (name.startswith("test_") and name.endswith(".py")) and not name.endswith("_test.py"):
        return "it is no file of tests, but something that tests might use"
    if any(isinstance(node, ast.For | ast.While | ast.With) or _is_call(node) for node in file.tree.body):
        return "it does something when it is only collected"
    for node in ast.walk(file.tree):
        hook = node.name if isinstance(node, Func) else node.id if isinstance(node, ast.Name) else ""
        if hook.startswith(("pytest_", "collect_ignore")):
            return f"{hook} changes how tests run"
        if isinstance(node, ast.keyword) and node.arg == "autouse":
            return "an autouse fixture changes what other tests run on"
        if _overwrites(node, file):
            return f"line {getattr(node, 'lineno', 0)} changes what is imported, for other tests too"
    return ""


def _is_call(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


def _overwrites(node: ast.AST, file: File) -> bool:
    """An attribute of something imported is set, for good."""
    imported = {
        (alias.asname or alias.name).partition(".")[0]
        for part in ast.walk(file.tree)
        if isinstance(part, ast.Import | ast.ImportFrom)
        for alias in part.names
    }
    if isinstance(node, ast.Call):
        return dotted(node.func) == "setattr" and bool(node.args) and dotted(node.args[0]).partition(".")[0] in imported
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    places = [target.value if isinstance(target, ast.Subscript) else target for target in targets]
    return any("." in dotted(place) and dotted(place).partition(".")[0] in imported for place in places)


def _data(path: str, change: Change) -> Iterator[Refusal]:
    """New data that is large, or that looks like what a run is to find out."""
    text = change.after.files.get(path, "")
    if path.endswith(".py") or _is_prose(path):
        return
    if len(text) > SMALL and len(text) > len(change.before.files.get(path, "")):
        yield Refusal("files", path, f"it has {len(text)} characters; data of a patch is small. {_INSTEAD}")
    folders = {artifact.rpartition("/")[0] for artifact in change.scope.contract.artifacts} - {""}
    is_config = re.search(r"conf|setting|param", path, re.IGNORECASE)
    left = path.rpartition("/")[0] in folders or (_LEFT.search(path) and not is_config)
    if left and path not in change.before.files and _NUMBER.search(f" {text}"):
        message = "what a run is to find out may not be written by hand. Let the program compute it."
        yield Refusal("constants", path, message)


def _is_prose(path: str) -> bool:
    """Whether a file is read by people alone."""
    name = PurePosixPath(path).name
    return name.lower().endswith(_PROSE) or name.upper() in ("README", "CHANGES", "CHANGELOG", "NOTES")

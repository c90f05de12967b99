"""Whether pytest told of every test that was there: read from the text, compared with what was reported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from p2c import python_source
from p2c.executor import module_layout
from p2c.executor.report import Finding
from p2c.executor.run_records import RunRecord
from p2c.repo import Repo

CONFIGURATION = ("pytest.ini", ".pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini")
HOOKS = re.compile(
    r"def (pytest_(?:runtest_\w+|pyfunc_call|collection\w*|collect_\w+|ignore_collect|itemcollected|deselected|"
    r"make\w+|pycollect_\w+|generate_tests|sessionfinish|exception_interact|report_\w+|terminal_summary|configure|"
    r"unconfigure|cmdline_\w+|load_initial_conftests|assertrepr_compare|plugin_registered))\b"
)
"""Hooks of pytest through which a file can change what is collected, what is run, or what is said of it."""
DOUBTS = (
    ("changed", "OutcomeChanged", "failed, and something changed that into another outcome"),
    ("not_run", "TestNotCalled", "was reported as passed, though its function was never called"),
)
_SETTINGS = re.compile(
    r"^\s*(addopts|testpaths|python_files|python_classes|python_functions|norecursedirs|collect_ignore\w*|"
    r"pytest_plugins)\s*=",
    re.MULTILINE,
)

_PICKS = re.compile(
    r"(?<![\w-])(?:-k|--deselect|--ignore(?:-glob)?|--co|--collect-only|--setup-\w+|--confcutdir|--lf)\b"
)
"""Options that take single tests or files out, or run none at all."""


@dataclass(frozen=True)
class Influence:
    """Something of the repository's that can change collection or outcomes: the file, its line, and what it is.

    `is_choice` says that it only chooses by folder, name pattern or marker, as projects commonly do for slow tests.
    """

    path: str
    line: int
    what: str
    is_choice: bool = False


def influences(repo: Repo) -> tuple[Influence, ...]:
    """Return hooks of pytest and settings that can change which tests run and what is said of them."""
    influences_found = []
    for path, text in repo.files.items():
        if path.endswith(".py"):
            influences_found += [Influence(path, _row(text, hit.start()), hit[1]) for hit in HOOKS.finditer(text)]
        if path in CONFIGURATION or (path.endswith("conftest.py") or module_layout.is_test(path)):
            influences_found += [_setting(path, text, hit) for hit in _SETTINGS.finditer(text)]
    return tuple(influences_found)


def _setting(path: str, text: str, hit: re.Match[str]) -> Influence:
    name = hit[1]
    value = text[hit.end() :].partition("\n[")[0] if name == "addopts" else ""
    value = re.split(r"^\w+\s*=", value, maxsplit=1, flags=re.MULTILINE)[0]
    picks = _PICKS.search(value)
    is_choice = not picks and not name.startswith(("collect_ignore", "pytest_plugins"))
    return Influence(path, _row(text, hit.start(1)), f"{name} {picks[0]}" if picks else name, is_choice)


def _row(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def check(repo: Repo, run: RunRecord, name: str = "test") -> Iterator[Finding]:
    """Yield what does not agree between the tests that are written and those that were reported."""
    outcomes = run.data.get("tests") or {}
    explained = influences(repo)
    for key, rule, what in DOUBTS:
        for node in _of(run, key):
            yield Finding(name, rule, f"{node} {what}{_named(explained)}", node.partition("::")[0])
    if sum(run.data.get("counts", {}).values()) < len(outcomes):
        yield Finding(name, "CountsDisagree", "fewer outcomes were counted than tests were reported")
    yield from _missing(repo, run, outcomes, explained, name)


def _missing(
    repo: Repo, run: RunRecord, outcomes: dict[str, str], explained: tuple[Influence, ...], name: str
) -> Iterator[Finding]:
    reported = {*(re.sub(r"\[.*", "", node, flags=re.DOTALL) for node in (*outcomes, *_of(run, "left_out")))}
    chosen = bool(explained) and all(influence.is_choice for influence in explained) and bool(outcomes)
    for path in _collected(repo):
        if why := python_source.why_not_analysed(repo.files[path]):
            what = f"which tests are in {path} is not known, for it is {why}"
            yield Finding(name, "NotAnalysed", what, path, fix="split the file, or nest it less deeply")
    for path, wanted in written(repo).items():
        if path in _of(run, "skipped") or any(path.startswith(f"{folder}/") for folder in _of(run, "skipped")):
            continue
        lacking = sorted(wanted - reported)
        if not lacking:
            continue
        more = f" (nor {len(lacking) - 1} more of {path})" if len(lacking) > 1 else ""
        what = f"{lacking[0]} is there, and pytest did not report it{more}{_named(explained)}"
        yield Finding(name, "TestsLeftOut" if chosen else "TestNotReported", what, path, gates=not chosen)
    left = _of(run, "left_out")
    if left:
        what = f"{len(left)} tests were collected and left out, first {left[0]}{_named(explained)}"
        yield Finding(name, "TestsLeftOut", what, left[0].partition("::")[0], gates=not chosen)


def _of(run: RunRecord, name: str) -> list[str]:
    return list(run.data.get(name) or [])


def _named(explained: tuple[Influence, ...]) -> str:
    if not explained:
        return ""
    places = ", ".join(f"{influence.what} ({influence.path}:{influence.line})" for influence in explained[:5])
    return f"; what can change tests here: {places}"


def written(repo: Repo) -> dict[str, set[str]]:
    """Return, for each file that pytest collects by its own rules, the node ids that it has to report."""
    ids_by_file = {path: set(_ids(repo.files[path], path)) for path in _collected(repo)}
    return {path: ids for path, ids in ids_by_file.items() if ids}


def _collected(repo: Repo) -> Iterator[str]:
    for path in repo.python_files():
        file = path.rpartition("/")[2]
        if (file.startswith("test_") or file.endswith("_test.py")) and not _is_hidden(path):
            yield path


def _is_hidden(path: str) -> bool:
    """Folders that pytest does not look into (`norecursedirs` by default)."""
    folders = path.split("/")[:-1]
    return any(
        part.startswith(".") or part in {"build", "dist", "CVS", "_darcs", "venv", "node_modules"} for part in folders
    ) or any(part.endswith(".egg") for part in folders)


def _ids(text: str, path: str) -> Iterator[str]:
    tree = python_source.parse(text)
    if tree is None:
        return
    changed = {
        name
        for node in tree.body
        if isinstance(node, ast.Assign | ast.Delete | ast.If | ast.Try | ast.With)
        for item in ast.walk(node)
        if isinstance(item, ast.Name | ast.Attribute) and isinstance(item.ctx, ast.Store | ast.Del)
        for name in [item.id if isinstance(item, ast.Name) else _root(item)]
    }
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and _is_test(node) and node.name not in changed:
            yield f"{path}::{node.name}"
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test") and node.name not in changed:
            yield from _methods(node, path)


def _methods(node: ast.ClassDef, path: str) -> Iterator[str]:
    own = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
    plain = all(isinstance(base, ast.Name) and base.id == "object" for base in node.bases) and not node.keywords
    assigned = any(isinstance(item, ast.Assign | ast.AnnAssign) and "__test__" in ast.dump(item) for item in node.body)
    if plain and not node.decorator_list and not own & {"__init__", "__new__"} and not assigned:
        yield from (
            f"{path}::{node.name}::{item.name}"
            for item in node.body
            if isinstance(item, ast.FunctionDef) and _is_test(item)
        )


def _is_test(node: ast.FunctionDef) -> bool:
    """A function that pytest collects whatever the rest of the file does; a decorator may make anything of it."""
    marks = all(ast.unparse(item).startswith(("pytest.mark.", "mark.")) for item in node.decorator_list)
    return node.name.startswith("test") and marks


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""

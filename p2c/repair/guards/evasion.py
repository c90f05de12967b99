"""A program that gets away from its work or its checks: other processes, threads left, files of the checks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from p2c.executor.module_layout import is_test
from p2c.python_source import dotted
from p2c.repair.guards.code_changes import Change, File, more
from p2c.repair.guards.model import Refusal

_LEAVES = re.compile(r"^os\.(?:exec\w*|fork|forkpty|posix_spawnp?|spawn\w+)$")
_ASIDE = {"Thread", "Process", "Timer", "start_new_thread", "register"}
_TEST = re.compile(r"test|val|dev|held|unseen", re.IGNORECASE)
_MEASURES = re.compile(r"evaluat|score|accura|metric|measure|test|predict", re.IGNORECASE)


def processes(change: Change) -> Iterator[Refusal]:
    """The process is replaced or split, an exit is hidden, or what is called is only handed to a thread."""
    for path, node in more(change, _leaves, tests=True):
        message = "the program leaves its work there, for another process or a hidden exit. Let it do its work."
        yield Refusal("exits", path, f"line {_line(node)}: {message}")
    for before, after in change.changed:
        called = {dotted(node.func) for node in ast.walk(before.tree) if isinstance(node, ast.Call)}
        still = {dotted(node.func) for node in ast.walk(after.tree) if isinstance(node, ast.Call)}
        for name, line in _handed_over(after):
            if name in called - still and name in before.functions:
                message = f"line {line}: {name} was called, and is left to a thread or process now. Call it."
                yield Refusal("exits", after.path, message)


def conditions(change: Change) -> Iterator[Refusal]:
    """Work is done only where the environment says so."""
    for path, node in more(change, _asks_the_environment):
        message = "the work there is done or left out as the environment says. Let the program do its work."
        yield Refusal("exits", path, f"line {_line(node)}: {message}")


def checks(change: Change) -> Iterator[Refusal]:
    """The program names a file of the tests or the run contract, which are no business of its own."""
    own = {path for path in change.before.files if is_test(path)} | {"p2c.toml", "pytest.ini", "conftest.py"}
    for path, node in more(change, lambda node: isinstance(node, ast.Constant) and node.value in own):
        message = "the program reaches for a file of the tests or of the run contract. It may not."
        yield Refusal("tests", path, f"line {_line(node)}: {message}")


def measured(change: Change) -> Iterator[Refusal]:
    """What measures is given the training data, where it was given other data."""
    for before, after in change.changed:
        had = _arguments(before, change)
        for name, given in _arguments(after, change).items():
            lost, come = had.get(name, set()) - given, given - had.get(name, set())
            if any(map(_TEST.search, lost)) and any("train" in word.lower() for word in come):
                message = f"{name} measures on the training data now. Keep the data that it measured on."
                yield Refusal("constants", after.path, message)


def _leaves(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = dotted(node.func)
    hidden = name == "getattr" and bool(node.args) and dotted(node.args[0]) in ("os", "sys", "builtins", "signal")
    return hidden or bool(_LEAVES.match(name))


def _handed_over(file: File) -> Iterator[tuple[str, int]]:
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in _ASIDE:
            given = [*node.args, *(word.value for word in node.keywords)]
            yield from ((argument.id, node.lineno) for argument in given if isinstance(argument, ast.Name))


def _asks_the_environment(node: ast.AST) -> bool:
    if not isinstance(node, ast.If) or not isinstance(node.body[-1], ast.Return | ast.Raise):
        return False
    asked = any(dotted(part) in ("os.environ", "os.getenv", "environ") for part in ast.walk(node.test))
    return asked and isinstance(node.body[-1], ast.Return)


def _arguments(file: File, change: Change) -> dict[str, set[str]]:
    """Plain names that are given to the repository's own measuring functions, by the function's name."""
    given: dict[str, set[str]] = {}
    for node in ast.walk(file.tree):
        last = dotted(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and last in change.old_names and _MEASURES.search(last):
            given.setdefault(last, set()).update(
                argument.id for argument in node.args if isinstance(argument, ast.Name)
            )
    return given


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)

"""Tests that were deleted, skipped or weakened."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from p2c.executor.module_layout import is_test
from p2c.python_source import dotted
from p2c.repair.guards.code_changes import Change, File, Func, more
from p2c.repair.guards.model import Refusal
from p2c.repair.guards.outdated_tests import follows_the_code

_SKIPS = {"skip", "skipif", "xfail", "skipIf", "skipUnless", "expectedFailure", "importorskip", "SkipTest", "skipTest"}
_HOOKS = ("pytest_collection", "pytest_ignore_collect", "pytest_runtest", "pytest_pyfunc_call", "pytest_sessionfinish")
_INSTEAD = "Change the code until the test passes."


def tests(change: Change) -> Iterator[Refusal]:
    """A test is gone, skipped, or asserts less or something else than it did."""
    yield from _deleted(change)
    known = {_last(name) for before, _ in change.tests for name in before.functions if _is_test_name(name)}
    for path, node in more(change, _skip, tests=True):
        if is_test(path) and _concerns(node, change.pair(path)[1], known):
            yield Refusal("tests", path, f"line {_line(node)}: a test is skipped. {_INSTEAD}")
    for before, after in change.tests:
        yield from _hooks(before, after)
        if follows_the_code(after.path, change):
            continue
        for name, node in before.functions.items():
            if _is_test_name(name) and name in after.functions:
                yield from _weaker(change, after.path, name, node, after.functions[name])


def lost(change: Change) -> Iterator[Refusal]:
    """A test is gone, or asserts fewer things than it did."""
    yield from _deleted(change)
    for before, after in change.tests:
        for name, node in before.functions.items():
            new_test = after.functions.get(name)
            if new_test is not None and len([*_claims(new_test, frozenset())]) < len([*_claims(node, frozenset())]):
                yield Refusal("tests", after.path, f"{name} asserts less than it did. {_INSTEAD}")


def _concerns(node: ast.AST, file: File, known: set[str]) -> bool:
    """Whether a skip hits tests that were there before; a new test may be skipped where it cannot run."""
    around = [name for name, function in file.functions.items() if any(part is node for part in ast.walk(function))]
    hit = [name for name in around if _is_test_name(name)] or list(file.functions)
    return file.path.endswith("conftest.py") or any(_last(name) in known for name in hit)


def _deleted(change: Change) -> Iterator[Refusal]:
    had = Counter(_last(name) for before, _ in change.tests for name in before.functions if _is_test_name(name))
    has = Counter(_last(name) for _, after in change.tests for name in after.functions if _is_test_name(name))
    for before, after in change.tests:
        for name in before.functions:
            if _is_test_name(name) and name not in after.functions and has[_last(name)] < had[_last(name)]:
                yield Refusal("tests", before.path, f"the test {name} is gone. Keep it. {_INSTEAD}")


def _weaker(change: Change, path: str, name: str, old: Func, new: Func) -> Iterator[Refusal]:
    known = change.old_names | change.new_names
    lost = Counter(_claims(old, known)) - Counter(_claims(new, known))
    if lost:
        yield Refusal("tests", path, f"{name} no longer asserts what it did. {_INSTEAD}")
        return
    cases = Counter(_cases(old)) - Counter(_cases(new))
    if cases:
        yield Refusal("tests", path, f"{name} no longer runs on {next(iter(cases))[:80]}. {_INSTEAD}")


def _claims(node: Func, known: frozenset[str]) -> Iterator[str]:
    """Every assertion as text in which the repository's own names are alike, so that a renaming changes none."""
    for part in ast.walk(node):
        if isinstance(part, ast.Assert):
            yield _anonymous(part.test, known)
        elif isinstance(part, ast.Call) and _asserts(dotted(part.func)):
            yield _anonymous(part, known)


def _asserts(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last.startswith("assert") or name in ("pytest.raises", "pytest.warns", "raises")


def _anonymous(node: ast.expr, known: frozenset[str]) -> str:
    copy = ast.parse(ast.unparse(node), mode="eval")
    for part in ast.walk(copy):
        if isinstance(part, ast.Name) and part.id in known:
            part.id = "_"
        elif isinstance(part, ast.Attribute) and part.attr in known:
            part.attr = "_"
    # A module's name may go or come where what it held was moved.
    return ast.unparse(_Bare().visit(copy))


class _Bare(ast.NodeTransformer):
    """`module._` is `_`: where a definition lives is not what a test claims."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        return ast.Name("_", ast.Load()) if node.attr == "_" and isinstance(node.value, ast.Name) else node


def _cases(node: Func) -> Iterator[str]:
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and dotted(mark.func).endswith("parametrize"):
            for argument in mark.args[1:]:
                yield from (ast.unparse(item) for item in getattr(argument, "elts", [argument]))


def _hooks(before: File, after: File) -> Iterator[Refusal]:
    fresh = {name for name in after.functions if name.startswith(_HOOKS)} - set(before.functions)
    fresh |= {name for name in after.bound - before.bound if name.startswith(("collect_ignore", "pytestmark"))}
    if not before.text and not after.path.endswith("conftest.py"):
        fresh -= {"pytestmark"}
    for name in sorted(fresh):
        yield Refusal("tests", after.path, f"{name} changes which tests run, or how they end. {_INSTEAD}")


def _skip(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return dotted(node.func).rpartition(".")[2] in _SKIPS
    return isinstance(node, ast.Attribute) and node.attr in _SKIPS and "pytest" in dotted(node)


def _is_test_name(name: str) -> bool:
    return _last(name).startswith("test")


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)

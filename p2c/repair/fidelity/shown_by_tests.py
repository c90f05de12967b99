"""Tests that show a patch: new or changed ones, which have to fail on the state before and pass after."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from p2c.executor.module_layout import is_test
from p2c.executor.report import Report
from p2c.repair.guards import lost_tests
from p2c.repair.guards.code_changes import Change, File, names
from p2c.repair.guards.model import Refusal
from p2c.repo import Repo

MOST = 40
"""Tests of a patch that are run on both states."""
_LEAVES = {"skip", "skipif", "xfail", "skipIf", "skipUnless", "expectedFailure", "importorskip", "SkipTest", "skipTest"}
_ABSENT = re.compile(r"\b(?:ImportError|ModuleNotFoundError|AttributeError|NameError|fixture '\w+' not found)\b")


def tests_of(change: Change) -> tuple[str, ...]:
    """Return the node ids of tests that are new or say something else than before."""
    ids: list[str] = []
    for before, after in change.tests:
        for name, node in after.functions.items():
            if not _is_test_function(name, after) or not _asserts(node):
                continue
            was = before.functions.get(name)
            if was is None or ast.dump(was) != ast.dump(node):
                ids.append(f"{after.path}::{name.replace('.', '::')}")
    return tuple(ids[:MOST])


def without_changed_tests(change: Change) -> Repo:
    """Return the patch's state with test files that were there put back: the guards judge the rest of the patch."""
    return change.after.with_files({before.path: before.text for before, after in change.tests if _is_edit(before)})


def bad_changes(change: Change) -> Iterator[Refusal]:
    """Yield what a patch may not do to tests that were there: take some out, assert less, skip, steer, change helpers.

    A test may be changed to what the paper says, as long as it then fails on the state before.
    """
    yield from lost_tests(change.before, change.after)
    for before, after in change.tests:
        if not _is_edit(before):
            continue
        if not after.parses or before.path.endswith("conftest.py"):
            yield Refusal("tests", before.path, "what steers the tests is not for a patch to change")
            continue
        if (names([after.tree]) & _LEAVES) - names([before.tree]):
            yield Refusal("tests", before.path, "a test is skipped there. Keep every test")
        for name, node in before.functions.items():
            present = after.functions.get(name)
            if not _is_test_function(name, before) and (present is None or ast.dump(present) != ast.dump(node)):
                yield Refusal("tests", before.path, f"{name} is no test, and others use it. Keep it as it is")
        fresh = [name for name in after.functions if name.startswith("pytest_") and name not in before.functions]
        if fresh:
            yield Refusal("tests", before.path, f"{fresh[0]} changes how tests run")


def edited_tests(change: Change) -> tuple[str, ...]:
    """Return the node ids of tests that were there and say something else now."""
    known = {before.path: before.functions for before, _ in change.tests}
    return tuple(
        test
        for test in tests_of(change)
        if test.partition("::")[2].replace("::", ".") in known[test.partition("::")[0]]
    )


def with_tests_of(before: Repo, after: Repo) -> Repo:
    """Return the state before with the test files of the state after."""
    paths = {path for path in (*before.files, *after.files) if is_test(path)}
    return before.with_files({path: after.files.get(path) for path in paths})


def failing(report: Report, tests: tuple[str, ...], change: Change) -> tuple[str, ...]:
    """Return those of the tests that a run on the state before says fail.

    That a name is missing there shows nothing, unless the patch is what defines it.
    """
    defines = bool(change.new_names - change.old_names)
    red: list[str] = []
    for test in tests:
        messages = [finding.message for finding in report.findings if _is_about(finding.message, test)]
        if messages and (defines or not all(_ABSENT.search(message) for message in messages)):
            red.append(test)
    return tuple(red)


def _is_about(message: str, test: str) -> bool:
    """A failing test of that name, any of its parameters, or a file of tests that could not be read."""
    return message.startswith((f"{test}:", f"{test}[", f"{test.partition('::')[0]}: "))


def _is_edit(before: File) -> bool:
    return bool(before.text)


def _is_test_function(name: str, file: File) -> bool:
    first, _, rest = name.rpartition(".")
    return rest.startswith("test") and (not first or first in file.classes)


def _asserts(node: ast.AST) -> bool:
    return any(
        isinstance(part, ast.Assert)
        or (isinstance(part, ast.Attribute | ast.Name) and _last(part).startswith(("assert", "raises", "approx")))
        for part in ast.walk(node)
    )


def _last(node: ast.Attribute | ast.Name) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id

"""Whether a green comes from the cured code: the function that failed is made to raise, and what it cured runs again.

What is run is each test, or the smoke commands, that a patch has turned green, and nothing else. Where it stays green
although the function raises, the outcome does not depend on the code that was to be cured.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from p2c.executor.module_layout import is_test
from p2c.executor.report import Finding, Report
from p2c.python_source import parse
from p2c.repair.failing_functions import FunctionPlace, changed_functions, failing, replacing, tested
from p2c.repair.guards.code_changes import Change, File
from p2c.repo import Repo

Again = Callable[[Repo, tuple[str, ...]], Report]
"""Runs these tests alone, by their node ids, or the smoke commands where none is named."""

MOST = 4
"""Mutants a patch: each is one run of the tests that it is about."""
_MESSAGE = "p2c put this here, to see whether the outcome depends on what stood here"


@dataclass(frozen=True)
class Mutant:
    """Functions (or modules) that are to raise at once, and the tests that have to fail then; none: the smoke run."""

    places: tuple[FunctionPlace, ...]
    tests: tuple[str, ...]


def independent(before: tuple[Repo, Report], after: tuple[Repo, Report], again: Again) -> str:
    """Say what a patch turned green that is green without the cured code too; '' where the green depends on it."""
    change = Change(before[0], after[0])
    for mutant in mutants(change, cured(before[1], after[1])):
        left = _green(mutant, change, again)
        if left:
            names = " and ".join(place.label for place in mutant.places[:3])
            return f"{', '.join(left) if mutant.tests else 'the smoke run'} does not need {names} any more"
    return ""


def cured(before: Report, after: Report) -> tuple[Finding, ...]:
    """Return the findings of tests and smoke runs that are gone, where the same test or run is green now."""
    fixed = []
    for name in ("smoke", "test"):
        left = [finding for finding in after.gating if finding.check == name]
        if after.status(name) not in ("passed", "failed") or (left and not all(map(test_of, left))):
            continue
        ids = {test_of(finding) for finding in left}
        fixed += [
            finding for finding in before.gating if finding.check == name and (not left or test_of(finding) not in ids)
        ]
    return tuple(fixed)


def test_of(finding: Finding) -> str:
    """Return the node id (or the file that could not be collected) that a finding about a test begins with."""
    begins = re.match(r"[^\s:]+\.py(?:::\S+?)?(?=:\s|$)", finding.message)
    return begins[0] if finding.check == "test" and begins else ""


def mutants(change: Change, findings: Sequence[Finding]) -> list[Mutant]:
    """Return what to mutate, one mutant for each place, with all the tests that it is about."""
    tests: dict[tuple[FunctionPlace, ...], dict[str, None]] = {}
    for finding in findings:
        for places in _places(finding, change):
            tests.setdefault(places, {})[_selected(test_of(finding))] = None
    return [Mutant(places, tuple(name for name in names if name)) for places, names in list(tests.items())[:MOST]]


def _places(finding: Finding, change: Change) -> list[tuple[FunctionPlace, ...]]:
    place = failing(finding, change)
    if place is not None:
        return [(place,)]
    name = test_of(finding)
    if "::" in name:
        return [(function,) for function in tested(name, change)]
    only_code = all(path.endswith(".py") and not is_test(path) for path in change.paths)
    places = changed_functions(change) if only_code and not name else ()
    return [places] if places else []


def _selected(name: str) -> str:
    """A parameter that no command line can name safely is left out: then all parameters are run."""
    base, bracket, inner = name.partition("[")
    return name if not bracket or re.fullmatch(r"[\w.,+=-]*\]", inner) else base


def _green(mutant: Mutant, change: Change, again: Again) -> tuple[str, ...]:
    """Return the mutant's tests (or the smoke run, as one word) that do not fail with it."""
    raising = mutated(change.after, mutant.places, f"raise {_exception(change)}({_MESSAGE!r})")
    if raising is None:
        return ()
    green = _passed(again(raising, mutant.tests), mutant.tests)
    expecting = [name for name in green if _expects(name, change.after)]
    if green and _depends(replacing(change, mutant.places), mutant.tests, change, again):
        return ()
    inside = all(place.name for place in mutant.places)
    silent = mutated(change.after, mutant.places, "return None") if expecting and inside else None
    still = _passed(again(silent, tuple(expecting)), tuple(expecting)) if silent is not None else ()
    return tuple(name for name in green if name not in expecting or name in still)


def _depends(places: tuple[FunctionPlace, ...], tests: tuple[str, ...], change: Change, again: Again) -> bool:
    """Whether code that the patch calls in the place of what failed is needed, for what is done no longer there."""
    raising = mutated(change.after, places, f"raise RuntimeError({_MESSAGE!r})") if places else None
    return raising is not None and not _passed(again(raising, tests), tests)


def _passed(report: Report, tests: tuple[str, ...]) -> tuple[str, ...]:
    """Those that passed; where nothing could be said, none did."""
    if report.status("smoke") == "passed":
        return tests or ("smoke",)
    messages = [finding.message for finding in report.gating]
    if report.status("smoke") != "failed" or not all(re.match(r"[^\s:]+\.py(::|:\s)", text) for text in messages):
        return ()
    return tuple(name for name in tests if not any(_is_about(text, name) for text in messages))


def _is_about(message: str, test: str) -> bool:
    """A failing test of that name, any of its parameters, or a file of tests that could not be read."""
    return message.startswith((f"{test}:", f"{test}[", f"{test.partition('::')[0]}: "))


def _expects(test: str, repo: Repo) -> bool:
    """The test expects an exception, so that one more proves nothing."""
    path, _, name = test.partition("::")
    file = File(path, repo.files.get(path, ""))
    node = file.functions.get(name.partition("[")[0].replace("::", "."))
    return node is not None and bool(re.search(r"\braises\b|\bassertRaises|\bexcept\b", ast.unparse(node)))


def _exception(change: Change) -> str:
    """The exception that the patch catches where it caught none before: it is what the mutant raises, too."""
    for before, after in change.changed:
        had = {
            ast.dump(node.type) for node in ast.walk(before.tree) if isinstance(node, ast.ExceptHandler) and node.type
        }
        for node in ast.walk(after.tree):
            if isinstance(node, ast.ExceptHandler) and node.type is not None and ast.dump(node.type) not in had:
                for name in _builtin_names(node.type):
                    return name
    return "RuntimeError"


def _builtin_names(node: ast.expr) -> Iterator[str]:
    for part in ast.walk(node):
        kind = getattr(builtins, part.id, None) if isinstance(part, ast.Name) else None
        simple = isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, UnicodeError)
        if simple and isinstance(part, ast.Name):
            yield part.id


def mutated(repo: Repo, places: Sequence[FunctionPlace], statement: str) -> Repo | None:
    """Return the repository with a statement put first in each place; None where that is no Python any more."""
    files: dict[str, str | None] = {}
    for path in {place.path for place in places}:
        text = repo.files.get(path, "")
        spots = [spot for place in places if place.path == path for spot in [_spot(File(path, text), place)] if spot]
        lines = text.split("\n")
        for row, column in sorted(set(spots), reverse=True):
            _insert(lines, row, column, statement)
        files[path] = "\n".join(lines)
        if not spots or parse(files[path] or "") is None:
            return None
    return repo.with_files(files)


def _insert(lines: list[str], row: int, column: int, statement: str) -> None:
    """Put a statement before the one that begins there: on a line of its own, or in the same line."""
    line = lines[row - 1].encode()
    head, rest = line[:column].decode(), line[column:].decode()
    if head.strip():
        lines[row - 1] = f"{head}{statement}; {rest}"
    else:
        lines.insert(row - 1, f"{head}{statement}")


def _spot(file: File, place: FunctionPlace) -> tuple[int, int] | None:
    """Return the line (from 1) and the column (in bytes) of a place's first statement."""
    if place.name:
        node = file.functions.get(place.name)
        first: ast.stmt | None = node.body[0] if node else None
    else:
        body = file.tree.body
        skip = int(bool(body) and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant))
        while skip < len(body) and isinstance(part := body[skip], ast.ImportFrom) and part.module == "__future__":
            skip += 1
        first = body[skip] if skip < len(body) else None
    if first is None:
        return None
    marks = [mark.lineno for mark in getattr(first, "decorator_list", [])]
    return min([first.lineno, *marks]), first.col_offset

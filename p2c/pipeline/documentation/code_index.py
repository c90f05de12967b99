"""Where things stand in code: its functions and classes, what of the paper each names, which tests use it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from p2c import python_source
from p2c.executor.module_layout import is_test
from p2c.paper_references import find_references
from p2c.repo import Repo

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class CodePlace:
    """A function or class (`name` with its classes' in front, '' for the rest of a file), lines from 1.

    `references` are what it names of the paper (`equation 7`), `uses` the names in its code.
    """

    path: str
    name: str
    start: int
    end: int
    references: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """As documentation names it: `model.py:Net.forward`."""
        return f"{self.path}:{self.name}" if self.name else self.path

    @property
    def node(self) -> str:
        """As pytest names it."""
        return f"{self.path}::{self.name.replace('.', '::')}"


@dataclass(frozen=True)
class CodeIndex:
    """The places of a repository, its tests' apart."""

    code: tuple[CodePlace, ...] = ()
    tests: tuple[CodePlace, ...] = field(default=())

    def at(self, path: str, line: int) -> CodePlace | None:
        """Return the innermost place that holds a line."""
        holding = [
            place for place in (*self.code, *self.tests) if place.path == path and place.start <= line <= place.end
        ]
        return min(holding, key=lambda place: place.end - place.start, default=None)

    def naming(self, reference: str) -> tuple[CodePlace, ...]:
        """Return the code that names an equation, algorithm, table or figure of the paper."""
        return tuple(place for place in self.code if reference.lower() in place.references)

    def testing(self, places: tuple[CodePlace, ...], reference: str = "") -> tuple[CodePlace, ...]:
        """Return the tests that name the reference, or use one of the places by its own name."""
        names = {place.name.rpartition(".")[2] for place in places if place.name} - _COMMON
        owners = {place.name.partition(".")[0] for place in places if "." in place.name}
        return tuple(
            test for test in self.tests if reference.lower() in test.references or test.uses & (names | owners)
        )


_COMMON = frozenset({"__init__", "__call__", "main"})


def index_code(repo: Repo) -> CodeIndex:
    """Read all Python files of a repository; one that cannot be parsed has one place, without a name."""
    places = [place for path in repo.python_files() for place in _places(path, repo.files[path])]
    tests = [place for place in places if is_test(place.path) and place.name.rpartition(".")[2].startswith("test")]
    return CodeIndex(tuple(place for place in places if not is_test(place.path)), tuple(tests))


def _places(path: str, text: str) -> list[CodePlace]:
    tree = python_source.parse(text)
    spans = [(name, node.lineno, node.end_lineno or node.lineno, _names(node)) for name, node in definitions(tree)]
    spans.append(("", 1, text.count("\n") + 1, frozenset()))
    named: dict[str, set[str]] = {}
    for reference in find_references(text):
        line = text.count("\n", 0, reference.start) + 1
        inner = min((span for span in spans if span[1] <= line <= span[2]), key=lambda span: span[2] - span[1])
        named.setdefault(inner[0], set()).add(reference.id.lower())
    return [CodePlace(path, name, start, end, frozenset(named.get(name, ())), uses) for name, start, end, uses in spans]


def definitions(tree: ast.AST | None, above: str = "") -> Iterator[tuple[str, Definition]]:
    """Yield each function and class of a module with its full name, methods and inner classes too."""
    for node in getattr(tree, "body", ()):
        if isinstance(node, Definition):
            name = f"{above}.{node.name}".lstrip(".")
            yield name, node
            if isinstance(node, ast.ClassDef):
                yield from definitions(node, name)


def _names(node: ast.AST) -> frozenset[str]:
    names = (part.id if isinstance(part, ast.Name) else getattr(part, "attr", "") for part in ast.walk(node))
    return frozenset(name for name in names if name)

"""Python code as the guards see it: definitions by qualified name, calls, and what changed between two states."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from p2c.executor.module_layout import is_test
from p2c.python_source import dotted, parse
from p2c.repair.guards.model import Scope
from p2c.repo import Repo

Func = ast.FunctionDef | ast.AsyncFunctionDef
MAIN = "<module>"


@dataclass(frozen=True)
class File:
    """One Python file: its tree (empty where it does not parse) and its definitions, the last of each name."""

    path: str
    text: str = ""

    @cached_property
    def tree(self) -> ast.Module:
        """The module."""
        return parse(self.text) or ast.Module([], [])

    @cached_property
    def parses(self) -> bool:
        """Whether the text is Python."""
        return parse(self.text) is not None

    @cached_property
    def functions(self) -> dict[str, Func]:
        """Functions and methods by dotted name within the file."""
        return {name: node for name, node in _definitions(self.tree, "") if isinstance(node, Func)}

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """Classes by dotted name within the file."""
        return {name: node for name, node in _definitions(self.tree, "") if isinstance(node, ast.ClassDef)}

    @cached_property
    def bound(self) -> frozenset[str]:
        """Names that importing the module leaves behind."""
        return frozenset(_bound(self.tree.body))


@dataclass(frozen=True)
class Change:
    """Two states of a repository, and what is protected in it."""

    before: Repo
    after: Repo
    scope: Scope = field(default_factory=Scope)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every path whose text differs, sorted."""
        every = sorted({*self.before.files, *self.after.files})
        return tuple(path for path in every if self.before.files.get(path) != self.after.files.get(path))

    @cached_property
    def changed(self) -> tuple[tuple[File, File], ...]:
        """Changed Python files that are no tests, before and after; an absent side is empty."""
        return tuple(self.pair(path) for path in self.paths if path.endswith(".py") and not is_test(path))

    @cached_property
    def tests(self) -> tuple[tuple[File, File], ...]:
        """Changed test files, before and after."""
        return tuple(self.pair(path) for path in self.paths if path.endswith(".py") and is_test(path))

    @cached_property
    def old(self) -> tuple[File, ...]:
        """Every Python file of before that is no test."""
        return tuple(File(p, self.before.files[p]) for p in self.before.python_files() if not is_test(p))

    @cached_property
    def new(self) -> tuple[File, ...]:
        """Every Python file of after that is no test."""
        return tuple(File(p, self.after.files[p]) for p in self.after.python_files() if not is_test(p))

    @cached_property
    def old_names(self) -> frozenset[str]:
        """Last names of every function and class that the repository had."""
        return frozenset(name.rpartition(".")[2] for file in self.old for name in (*file.functions, *file.classes))

    @cached_property
    def new_names(self) -> frozenset[str]:
        """Last names of every function and class that it has now."""
        return frozenset(name.rpartition(".")[2] for file in self.new for name in (*file.functions, *file.classes))

    def pair(self, path: str) -> tuple[File, File]:
        """The file at `path` before and after."""
        return File(path, self.before.files.get(path, "")), File(path, self.after.files.get(path, ""))


def more(change: Change, find: Callable[[ast.AST], bool], tests: bool = False) -> Iterator[tuple[str, ast.AST]]:
    """Yield (path, node) for nodes that `find` picks and that the repository had fewer of before.

    Counted over the whole repository by what they say, so that code which only moved is not new. Where the same
    function had one of that sort, which the patch changed in passing, there is nothing new either. Of a file that
    could not be parsed before, nothing is new whose lines stood in it to the letter.
    """
    files = change.changed + (change.tests if tests else ())
    had = Counter(ast.dump(node) for before, _ in files for node in ast.walk(before.tree) if find(node))
    for before, after in files:
        known = frozenset() if before.parses else frozenset(map(str.strip, before.text.split("\n")))
        fresh = []
        for node in ast.walk(after.tree):
            if find(node) and not (known and _lines(after, node) <= known):
                key = ast.dump(node)
                had[key] -= 1
                if had[key] < 0:
                    fresh.append(node)
        yield from ((after.path, node) for node in _beyond(before, after, fresh, find))


def _beyond(before: File, after: File, fresh: Sequence[ast.AST], find: Callable[[ast.AST], bool]) -> Iterator[ast.AST]:
    """Those of the fresh nodes of whose sort the same function had fewer before."""
    if not fresh:
        return
    old, new = _around(before), _around(after)
    remaining = {ast.dump(node) for node in ast.walk(after.tree) if find(node)}
    gone = [node for node in ast.walk(before.tree) if find(node) and ast.dump(node) not in remaining]
    had = Counter((old.get(id(node), ""), _sort(node)) for node in gone)
    for node in fresh:
        key = (new.get(id(node), ""), _sort(node))
        had[key] -= 1
        if had[key] < 0:
            yield node


def _around(file: File) -> dict[int, str]:
    """The innermost definition around each node, by the node's identity."""
    return {id(part): name for name, node in file.functions.items() for part in ast.walk(node)}


def _sort(node: ast.AST) -> str:
    """What a node is, but for what it is about: an exception's handler, an assignment to this, a call of that."""
    about: list[ast.AST | None] = []
    if isinstance(node, ast.ExceptHandler):
        about = [node.type]
    elif isinstance(node, ast.Assign):
        about = [*node.targets]
    elif isinstance(node, ast.Call):
        about = [node.func]
    elif isinstance(node, ast.keyword):
        about = [ast.Constant(node.arg)]
    return type(node).__name__ + "".join(ast.dump(part) for part in about if part is not None)


def _lines(file: File, node: ast.AST) -> frozenset[str]:
    lines = file.text.split("\n")[getattr(node, "lineno", 1) - 1 : getattr(node, "end_lineno", 0) or 0]
    return frozenset(map(str.strip, lines)) or frozenset({""})


def body(node: Func | ast.ClassDef) -> list[ast.stmt]:
    """The statements of a definition without its docstring."""
    first = node.body[0] if node.body else None
    has_docstring = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return node.body[1:] if has_docstring else node.body


def calls(nodes: Iterable[ast.AST]) -> Counter[str]:
    """Dotted names of what is called, and how often."""
    return Counter(dotted(node.func) or "?" for top in nodes for node in ast.walk(top) if isinstance(node, ast.Call))


def names(nodes: Iterable[ast.AST]) -> set[str]:
    """Every name, attribute and word in a string that occurs: whatever may refer to a definition."""
    words: set[str] = set()
    for top in nodes:
        for node in ast.walk(top):
            if isinstance(node, ast.Name):
                words.add(node.id)
            elif isinstance(node, ast.Attribute):
                words.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                words.add(node.value)
    return words


def statements(nodes: Iterable[ast.AST]) -> int:
    """How many statements there are, nested ones included, docstrings and `pass` not."""
    return sum(
        isinstance(node, ast.stmt) and not isinstance(node, ast.Pass) and not _is_text(node)
        for top in nodes
        for node in ast.walk(top)
    )


def literal(node: ast.AST | None) -> bool:
    """Whether an expression is made of constants alone."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return all(literal(item) for item in node.elts)
    if isinstance(node, ast.Dict):
        return all(literal(item) for item in (*node.keys, *node.values) if item is not None)
    return isinstance(node, ast.UnaryOp) and literal(node.operand)


def has_number(node: ast.AST) -> bool:
    """Whether a number (no truth value) stands in an expression."""
    return any(
        isinstance(part, ast.Constant) and isinstance(part.value, int | float) and not isinstance(part.value, bool)
        for part in ast.walk(node)
    )


def is_main_guard(node: ast.AST) -> bool:
    """Whether a statement is `if __name__ == "__main__":`, either way round."""
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare) or len(node.test.ops) != 1:
        return False
    sides = [node.test.left, *node.test.comparators]
    named = any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
    main = any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)
    return named and main and isinstance(node.test.ops[0], ast.Eq)


def top_level(tree: ast.Module) -> list[ast.stmt]:
    """What runs when a file is run: its statements but for definitions and imports."""
    skipped = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    return [node for node in tree.body if not isinstance(node, skipped)]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _definitions(tree: ast.AST, prefix: str) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Func | ast.ClassDef):
            yield f"{prefix}{node.name}", node
            yield from _definitions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.ExceptHandler):
            yield from _definitions(node, prefix)


def _bound(nodes: Iterable[ast.stmt]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, Func | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Assign):
            yield from (part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.If | ast.Try):
            yield from _bound([child for child in ast.walk(node) if isinstance(child, ast.stmt) and child is not node])

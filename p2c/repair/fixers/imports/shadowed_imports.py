"""The imports of a file whose name hides another module's: which of the two each of them means."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from p2c.python_source import dotted, parse
from p2c.repair.fixers.imported_names import assigned_names
from p2c.repair.fixers.text_edits import Edit, Text, from_module


class UndecidedError(Exception):
    """What an import means can't be told."""


@dataclass(frozen=True)
class Shadow:
    """The file, its new module name, what it defines, and what the hidden module offers (None: not known)."""

    path: str
    new: str
    own: frozenset[str]
    real: frozenset[str] | None

    @property
    def stem(self) -> str:
        """The name that both modules answer to."""
        return PurePosixPath(self.path).stem

    @property
    def dotted(self) -> str:
        """The file's dotted name from the repository's root."""
        return self.path.removesuffix(".py").replace("/", ".")

    def means_own(self, name: str) -> bool:
        """Tell whether this name is taken from the file; raise UndecidedError where both or neither have it."""
        if name.startswith("__") or name == "*":
            raise UndecidedError(name)
        is_own = name in self.own
        if self.real is not None and is_own == (name in self.real):
            raise UndecidedError(name)
        return is_own


def edits_of(text: str, path: str, shadow: Shadow) -> list[Edit]:
    """Return the edits that make this file import the renamed one; raise UndecidedError."""
    tree = parse(text)
    if tree is None:
        raise UndecidedError(path)
    place, edits = Text(text), list[Edit]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            edits += _plain(node, tree, place, shadow)
        elif isinstance(node, ast.ImportFrom):
            edits += _taken(node, path, place, shadow)
        elif isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in ("import_module", "__import__"):
            _refuse_named(node, shadow)
    return edits


def _refuse_named(node: ast.Call, shadow: Shadow) -> None:
    """A module that is imported by a string may be the file."""
    named = node.args[0] if node.args else None
    if not isinstance(named, ast.Constant) or str(named.value).rpartition(".")[2] == shadow.stem:
        raise UndecidedError(shadow.stem)


def _plain(node: ast.Import, tree: ast.Module, place: Text, shadow: Shadow) -> Iterator[Edit]:
    for alias in node.names:
        if alias.name == shadow.stem:
            yield from _as_module(alias, tree, place, shadow)
        elif alias.name == shadow.dotted:
            if not alias.asname:
                raise UndecidedError(alias.name)
            parent = shadow.dotted.rpartition(".")[0]
            yield Edit(*place.span(alias), f"{parent}.{shadow.new} as {alias.asname}")
        elif alias.name.startswith(f"{shadow.stem}.") and not alias.asname:
            _refuse_own(tree, shadow)


def _refuse_own(tree: ast.Module, shadow: Shadow) -> None:
    """`import yaml.nodes` is the hidden package's; the name that it binds may be used for nothing of the file."""
    for use in _uses(tree, shadow.stem):
        if use.attr in shadow.own:
            raise UndecidedError(use.attr)


def _as_module(alias: ast.alias, tree: ast.Module, place: Text, shadow: Shadow) -> Iterator[Edit]:
    """`import random`: what is read of it tells which is meant; where both are, both are imported."""
    bound = alias.asname or alias.name
    uses = list(_uses(tree, bound))
    own = [use for use in uses if shadow.means_own(use.attr)]
    if not own:
        return
    if len(own) == len(uses) and alias.asname:
        yield Edit(*place.span(alias), f"{shadow.new} as {alias.asname}")
        return
    start, end = place.span(alias)
    yield Edit(start, end, shadow.new) if len(own) == len(uses) else Edit(end, end, f", {shadow.new}")
    yield from (Edit(*place.span(use.value), shadow.new) for use in own)


def _uses(tree: ast.Module, bound: str) -> Iterator[ast.Attribute]:
    """Yield what is read of a module; raise UndecidedError where the name is used in another way."""
    if bound in assigned_names(tree) or len(_bindings(tree, bound)) > 1:
        raise UndecidedError(bound)
    read = {id(node.value): node for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == bound:
            use = read.get(id(node))
            if use is None or not isinstance(use.ctx, ast.Load):
                raise UndecidedError(bound)
            yield use


def _bindings(tree: ast.Module, bound: str) -> set[str]:
    """Return the modules and names that imports bind a name to."""
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {a.name.partition(".")[0] for a in node.names if (a.asname or a.name.partition(".")[0]) == bound}
        elif isinstance(node, ast.ImportFrom):
            modules |= {f"{node.module}.{a.name}" for a in node.names if (a.asname or a.name) == bound}
    return modules


def _taken(node: ast.ImportFrom, path: str, place: Text, shadow: Shadow) -> Iterator[Edit]:
    """`from random import a, b`, or the file spelled as the repository's own: `from src.random`, `from .random`."""
    if not node.level and node.module == shadow.stem:
        yield from _parted(node, place, shadow)
        return
    module = _absolute(node, path)
    if module == shadow.dotted:
        spelled = (node.module or "").rpartition(".")[0]
        yield from_module(node, place, "." * node.level + (f"{spelled}." if spelled else "") + shadow.new)
    elif f"{module}.{shadow.stem}".lstrip(".") == shadow.dotted and (node.level or node.module):
        for alias in node.names:
            if alias.name == shadow.stem:
                yield Edit(*place.span(alias), f"{shadow.new} as {alias.asname or shadow.stem}")


def _absolute(node: ast.ImportFrom, path: str) -> str:
    """The module's dotted name from the repository's root, its dots resolved."""
    if not node.level:
        return str(node.module)
    parts = PurePosixPath(path).parts[: -node.level]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _parted(node: ast.ImportFrom, place: Text, shadow: Shadow) -> Iterator[Edit]:
    own = [alias for alias in node.names if shadow.means_own(alias.name)]
    others = [alias for alias in node.names if alias not in own]
    if own and not others:
        yield from_module(node, place, shadow.new)
    elif own:
        start, end = place.span(node)
        head = place.text[place.line_start(node.lineno) : start]
        between = f"{place.newline}{head}" if not head.strip() else "; "
        lines = (f"from {shadow.stem} import {_listed(others)}", f"from {shadow.new} import {_listed(own)}")
        yield Edit(start, end, between.join(lines))


def _listed(names: Iterable[ast.alias]) -> str:
    return ", ".join(alias.name + (f" as {alias.asname}" if alias.asname else "") for alias in names)

"""The scopes of a source, as Python 2 has them, with all that binds their names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class Binding:
    """One way in which a name gets a value: this expression, one of a shape, an int, an assignment such as `+=`, or
    something that nothing is known of."""

    how: Literal["value", "shape", "int", "changed", "unknown"]
    scope: NameScope
    value: ast.expr | ast.AugAssign | None = None


@dataclass(eq=False)
class NameScope:
    """A module, a class or a function: the nodes that belong to it alone, and the bindings of its names.

    Loops of comprehensions belong to what is around them, as those of lists did in Python 2.
    """

    around: NameScope | None
    is_class: bool = False
    nodes: list[ast.AST] = field(default_factory=list)
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)
    """Names that it declares global."""

    def owner(self, name: str) -> NameScope | None:
        """Return the scope that a name here belongs to; None where it is bound nowhere, or by a star."""
        scope: NameScope | None = self.module if name in self.elsewhere else self
        while scope is not None and (name not in scope.bindings or (scope.is_class and scope is not self)):
            scope = scope.around
        return scope

    @property
    def module(self) -> NameScope:
        """The outermost scope."""
        return self if self.around is None else self.around.module


def scopes(tree: ast.Module) -> list[NameScope]:
    """Return all scopes of a source with their bindings."""
    all_scopes = [_scope(tree, None, False)]
    for scope in all_scopes:
        for node in scope.nodes:
            if isinstance(node, _FUNCTIONS | ast.ClassDef):
                all_scopes.append(_scope(node, scope, isinstance(node, ast.ClassDef)))
    for scope in all_scopes:
        scope.elsewhere |= {name for node in scope.nodes if isinstance(node, ast.Global) for name in node.names}
        for name, binding in (pair for node in scope.nodes for pair in _bindings(node, scope)):
            owner = scope.module if name in scope.elsewhere else scope
            owner.bindings.setdefault(name, []).append(binding)
    return all_scopes


def _scope(node: ast.AST, around: NameScope | None, is_class: bool) -> NameScope:
    scope = NameScope(around, is_class)
    if isinstance(node, _FUNCTIONS):
        scope.bindings |= {parameter.arg: [Binding("unknown", scope)] for parameter in _parameters(node.args)}
    body = node.body if isinstance(node, ast.Module | ast.ClassDef | _FUNCTIONS) else []
    waiting: list[ast.AST] = list(body) if isinstance(body, list) else [body]
    while waiting:
        child = waiting.pop()
        scope.nodes.append(child)
        if not isinstance(child, _FUNCTIONS | ast.ClassDef):
            waiting += ast.iter_child_nodes(child)
        elif not isinstance(child, ast.ClassDef):
            waiting += [*child.args.defaults, *(value for value in child.args.kw_defaults if value)]
    return scope


def _parameters(words: ast.arguments) -> list[ast.arg]:
    return [
        *words.posonlyargs,
        *words.args,
        *words.kwonlyargs,
        *(parameter for parameter in (words.vararg, words.kwarg) if parameter is not None),
    ]


def _bindings(node: ast.AST, scope: NameScope) -> Iterator[tuple[str, Binding]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _assigned(target, node.value, scope)
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        yield node.target.id, Binding("changed", scope, node)
    elif isinstance(node, ast.For | ast.comprehension):
        yield from _counted(node.target, node.iter, scope)
    elif isinstance(node, ast.withitem):
        yield from _unknown(node.optional_vars, scope)
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0], Binding("unknown", scope)
    elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.ExceptHandler) and node.name:
        yield node.name, Binding("unknown", scope)


def _assigned(target: ast.expr, value: ast.expr, scope: NameScope) -> Iterator[tuple[str, Binding]]:
    if isinstance(target, ast.Name):
        yield target.id, Binding("value", scope, value)
    elif isinstance(target, ast.Tuple | ast.List):
        together = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
        for index, part in enumerate(target.elts):
            if together and isinstance(value, ast.Tuple | ast.List):
                yield from _assigned(part, value.elts[index], scope)
            elif isinstance(part, ast.Name):
                yield part.id, Binding("shape", scope, value)
            else:
                yield from _unknown(part, scope)


def _counted(target: ast.expr, over: ast.expr, scope: NameScope) -> Iterator[tuple[str, Binding]]:
    """`for i in range(n)`, `for i, x in enumerate(xs)`; of anything else nothing is known."""
    name = getattr(over.func, "id", "") if isinstance(over, ast.Call) else ""
    if isinstance(target, ast.Name) and name in ("range", "xrange"):
        yield target.id, Binding("int", scope)
    elif isinstance(target, ast.Tuple) and name == "enumerate" and isinstance(target.elts[0], ast.Name):
        yield target.elts[0].id, Binding("int", scope)
        for part in target.elts[1:]:
            yield from _unknown(part, scope)
    else:
        yield from _unknown(target, scope)


def _unknown(target: ast.expr | None, scope: NameScope) -> Iterator[tuple[str, Binding]]:
    for node in ast.walk(target) if target is not None else ():
        if isinstance(node, ast.Name):
            yield node.id, Binding("unknown", scope)

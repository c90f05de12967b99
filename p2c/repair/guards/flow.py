"""Which of its inputs a function's results come from: assignments in order, through the repository's own calls.

Where the text does not tell, a value is taken to come from everything that is named. A name that is unpacked from an
input is an origin of its own: of `inputs, targets = data` what is computed may need either.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from p2c.python_source import dotted
from p2c.repair.guards.code_changes import File, Func
from p2c.repair.guards.resolved import last

Origins = frozenset[str]
Environment = dict[str, Origins]
NONE: Origins = frozenset()

_SHAPES = {"len", "empty_like", "zeros_like", "ones_like", "type", "isinstance", "shape", "size", "ndim", "id", "print",
           "numel", "hasattr"}  # fmt: skip
"""Calls of which nothing but a size or a type comes out."""
_SIZES = {"shape", "size", "dtype", "ndim", "device", "itemsize", "nbytes"}
_FILLS = {"append", "extend", "insert", "add", "update", "copy_", "fill", "put", "appendleft"}
_DEPTH = 5
"""Calls within calls that are followed; below, all that a call is given counts as coming out of it."""
_NESTED = 4
"""Loops within loops that are gone through twice; the work doubles with each."""


@dataclass(frozen=True)
class ComparisonFlow:
    """Two sides that are compared: the node, and where each comes from."""

    node: ast.expr
    left: Origins
    right: Origins


@dataclass
class Followed:
    """What was found in one function: where its results come from, what was compared, what came out of what."""

    result: Origins = NONE
    compared: list[ComparisonFlow] = field(default_factory=list)
    above: dict[str, Origins] = field(default_factory=dict)
    bound: set[str] = field(default_factory=set)

    def closure(self, origins: Origins) -> Origins:
        """Return origins with all that they were unpacked from."""
        reached = origins
        for _ in range(4):
            reached |= frozenset().union(*(self.above.get(origin, NONE) for origin in reached))
        return reached


class Flow:
    """The functions of some files, followed as far as their names tell."""

    def __init__(self, files: Sequence[File]) -> None:
        self._own: dict[str, list[tuple[str, Func]]] = {}
        for file in files:
            for name, node in file.functions.items():
                self._own.setdefault(name.rpartition(".")[2], []).append((name, node))
        self._known: dict[int, Followed] = {}

    def follow(self, node: Func, depth: int = _DEPTH) -> Followed:
        """Return what is found in a function."""
        if id(node) not in self._known:
            self._known[id(node)] = Followed(result=frozenset(_parameters(node)))  # of itself nothing is known yet
            followed = Followed(bound=set(_parameters(node)))
            walk = _FlowWalk(self, followed, depth)
            walk.block(node.body, {name: frozenset({name}) for name in _parameters(node)}, NONE)
            self._known[id(node)] = followed
        return self._known[id(node)]

    def through(self, call: ast.Call, given: Mapping[str, Origins], depth: int) -> Origins | None:
        """Return where the result of a call comes from, if it is one certain function of the files' own."""
        named = self._own.get(last(call.func), [])
        if len(named) != 1 or depth <= 0:
            return None
        name, node = named[0]
        followed = self.follow(node, depth - 1)
        places = _parameters(node)
        if "." in name and places[:1] in (["self"], ["cls"]):
            places = places[1:]
        arguments = dict(zip(places, [given.get(f"#{at}", NONE) for at in range(len(call.args))], strict=False))
        arguments |= {word.arg: given.get(word.arg, NONE) for word in call.keywords if word.arg}
        arguments |= {"self": given.get("#self", NONE), "cls": NONE}
        every = frozenset().union(*given.values())
        used = followed.closure(followed.result) & set(_parameters(node))
        loose = any(isinstance(argument, ast.Starred) for argument in call.args) or any(
            w.arg is None for w in call.keywords
        )
        return every if loose else frozenset().union(*(arguments.get(name, NONE) for name in used))


class _FlowWalk:
    """One function's statements in their order; branches are joined, loops are gone through twice."""

    def __init__(self, flow: Flow, followed: Followed, depth: int) -> None:
        self.flow, self.followed, self.depth, self.loops = flow, followed, depth, 0

    def block(self, nodes: Sequence[ast.stmt], env: Environment, around: Origins) -> Environment:
        """Go through statements; `around` is where the conditions come from under which they are run."""
        for node in nodes:
            env = self.statement(node, env, around)
        return env

    def statement(self, node: ast.stmt, env: Environment, around: Origins) -> Environment:
        """Go through one statement."""
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                self.bind(target, node.value, env, around)
        elif isinstance(node, ast.AugAssign):
            self.fill(node.target, self.of(node.value, env) | around, env)
        elif isinstance(node, ast.Return) and node.value is not None:
            self.followed.result |= self.of(node.value, env) | around
        elif isinstance(node, ast.Expr | ast.Assert | ast.Raise | ast.Delete):
            self.effect(node, env, around)
        elif isinstance(node, ast.If | ast.While | ast.For | ast.AsyncFor):
            return self.branches(node, env, around)
        else:
            for name in ("items", "body", "handlers", "orelse", "finalbody", "cases"):
                env = self.nested(getattr(node, name, []), env, around)
        return env

    def nested(self, nodes: Sequence[ast.AST], env: Environment, around: Origins) -> Environment:
        """Blocks of `with`, `try` and `match`, one after the other."""
        for node in nodes:
            if isinstance(node, ast.withitem):
                if node.optional_vars is not None:
                    self.bind(node.optional_vars, node.context_expr, env, around)
            elif isinstance(node, ast.ExceptHandler | ast.match_case):
                env = _joined(env, self.block(node.body, dict(env), around))
            elif isinstance(node, ast.stmt):
                env = self.statement(node, env, around)
        return env

    def branches(
        self, node: ast.If | ast.While | ast.For | ast.AsyncFor, env: Environment, around: Origins
    ) -> Environment:
        """Either branch, or a loop's body once and again."""
        if isinstance(node, ast.If):
            inner = around | self.of(node.test, env)
            return _joined(self.block(node.body, dict(env), inner), self.block(node.orelse, dict(env), inner))
        inner = around | (self.of(node.test, env) if isinstance(node, ast.While) else NONE)
        self.loops += 1
        for _ in range(2 if self.loops <= _NESTED else 1):
            once = dict(env)
            if not isinstance(node, ast.While):
                self.bind(node.target, node.iter, once, around)
            env = _joined(env, self.block(node.body, once, inner))
        self.loops -= 1
        return self.block(node.orelse, env, around)

    def effect(self, node: ast.stmt, env: Environment, around: Origins) -> None:
        """What a call does to what it is called on, and what is yielded."""
        for part in ast.walk(node):
            if isinstance(part, ast.Yield | ast.YieldFrom) and part.value is not None:
                self.followed.result |= self.of(part.value, env) | around
            elif isinstance(part, ast.Call) and last(part.func) == "copyto" and len(part.args) > 1:
                self.bind(part.args[0], part.args[1], env, around)
            elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in _FILLS:
                given = [self.of(argument, env) for argument in part.args]
                self.fill(part.func.value, frozenset().union(around, *given), env)
        if isinstance(node, ast.Expr):
            self.of(node.value, env)

    def bind(self, target: ast.expr, value: ast.expr, env: Environment, around: Origins) -> None:
        """An assignment, an element of an iteration, or a context."""
        if isinstance(target, ast.Tuple | ast.List):
            self.unpack(target.elts, value, env, around)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, value, env, around)
        elif isinstance(target, ast.Name):
            env[target.id] = self.origin(target.id, value, env) | around
            self.followed.bound.add(target.id)
        elif isinstance(target, ast.Subscript) and ast.unparse(target.slice) in (":", "...") and dotted(target.value):
            env[dotted(target.value)] = self.of(value, env) | around
        else:
            mask = self.of(target.slice, env) if isinstance(target, ast.Subscript) else NONE
            self.fill(target, self.of(value, env) | mask | around, env)

    def unpack(self, targets: Sequence[ast.expr], value: ast.expr, env: Environment, around: Origins) -> None:
        """`a, b = b, a`, `for a, b in zip(x, y)`, `inputs, targets = data`."""
        if isinstance(value, ast.Call) and last(value.func) == "enumerate" and value.args and len(targets) == 2:
            self.bind(targets[0], ast.Constant(0), env, around)
            self.bind(targets[1], value.args[0], env, around)
            return
        zipped = isinstance(value, ast.Call) and last(value.func) in ("zip", "zip_longest", "izip")
        parts = value.elts if isinstance(value, ast.Tuple | ast.List) else value.args if zipped else []  # type: ignore[attr-defined]
        if len(parts) == len(targets):
            kept = dict(env)
            for target, part in zip(targets, parts, strict=True):
                self.bind(target, part, {**kept} if not isinstance(target, ast.Name) else env, around)
            return
        come = self.of(value, env) | around
        for target in targets:
            if isinstance(target, ast.Name):
                env[target.id] = frozenset({target.id})
                self.followed.above[target.id] = self.followed.above.get(target.id, NONE) | come - {target.id}
                self.followed.bound.add(target.id)
            else:
                self.bind(target, value, env, around)

    def origin(self, name: str, value: ast.expr, env: Environment) -> Origins:
        """`targets = data[1]` is an origin of its own, as if it had been unpacked."""
        if _is_part(value):
            self.followed.above[name] = self.followed.above.get(name, NONE) | self.of(value, env) - {name}
            return frozenset({name})
        return self.of(value, env)

    def fill(self, target: ast.expr, come: Origins, env: Environment) -> None:
        """Something is put into what a target is a part of."""
        while isinstance(target, ast.Subscript | ast.Attribute | ast.Starred):
            target = target.value
        if isinstance(target, ast.Name):
            env[target.id] = env.get(target.id, NONE) | come

    def of(self, node: ast.AST, env: Environment) -> Origins:
        """Return where an expression's value comes from."""
        if isinstance(node, ast.Name):
            return env.get(node.id, NONE)
        if isinstance(node, ast.Attribute):
            return NONE if node.attr in _SIZES else env.get(dotted(node), NONE) | self.of(node.value, env)
        if isinstance(node, ast.Call):
            return self.called(node, env)
        if isinstance(node, ast.Compare):
            left, right = (
                self.of(node.left, env),
                frozenset().union(*(self.of(comparator, env) for comparator in node.comparators)),
            )
            self.followed.compared.append(ComparisonFlow(node, left, right))
            return left | right
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            return self.comprehension(node, env)
        if isinstance(node, ast.Subscript) and (base := self.of(node.value, env)):
            self.followed.result |= self.of(node.slice, env)  # which of them, not what they are
            return base
        if isinstance(node, ast.NamedExpr):
            env[node.target.id] = self.of(node.value, env)
        return frozenset().union(*(self.of(child, env) for child in ast.iter_child_nodes(node)))

    def comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, env: Environment
    ) -> Origins:
        """What is made for each element, and by which conditions."""
        inner, origins = dict(env), NONE
        for generator in node.generators:
            self.bind(generator.target, generator.iter, inner, NONE)
            origins |= frozenset().union(*(self.of(test, inner) for test in generator.ifs))
        elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        return origins.union(*(self.of(part, inner) for part in elements))

    def called(self, node: ast.Call, env: Environment) -> Origins:
        """A call of own code is followed; of other code everything that it is given comes out."""
        given = {f"#{at}": self.of(argument, env) for at, argument in enumerate(node.args)}
        given |= {word.arg or "**": self.of(word.value, env) for word in node.keywords}
        if isinstance(node.func, ast.Attribute):
            given["#self"] = self.of(node.func.value, env)
        if last(node.func) in _SHAPES:
            return NONE
        if last(node.func) in ("full_like", "full"):
            return frozenset().union(*(origins for key, origins in given.items() if key not in ("#0", "#self")))
        if len(node.args) > 1 and last(node.func) in ("equal", "isclose", "array_equal", "allclose", "accuracy_score"):
            self.followed.compared.append(ComparisonFlow(node, given["#0"], given["#1"]))
        through = self.flow.through(node, given, self.depth)
        every = frozenset().union(*given.values())
        return every if through is None else through


def _is_part(node: ast.expr) -> bool:
    """Whether all of a value is a certain part of something: `data[1]`, `np.ravel(batch["label"])`."""
    parts = [
        part for part in ast.walk(node) if isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Constant)
    ]
    called = {id(inner) for part in ast.walk(node) if isinstance(part, ast.Call) for inner in ast.walk(part.func)}
    inside = {id(inner) for part in parts for inner in ast.walk(part)}
    named = [part for part in ast.walk(node) if isinstance(part, ast.Name) and id(part) not in inside | called]
    return len(parts) == 1 and not named and isinstance(parts[0].value, ast.Name | ast.Attribute)


def _parameters(node: Func) -> list[str]:
    return [arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]


def _joined(left: Environment, right: Environment) -> Environment:
    return {name: left.get(name, NONE) | right.get(name, NONE) for name in {*left, *right}}

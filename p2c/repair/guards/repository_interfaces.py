"""What a repository's own code defines: names, modules, parameters, words; looked up to judge tests by."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cached_property

from p2c.python_source import dotted
from p2c.repair.guards.code_changes import File, Func


class Own:
    """The code of one state of a repository, its tests left out."""

    def __init__(self, files: Sequence[File]) -> None:
        self.files = files

    @cached_property
    def strings(self) -> frozenset[str]:
        """Every string in the code."""
        nodes = (node for file in self.files for node in ast.walk(file.tree))
        return frozenset(n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str))

    @cached_property
    def _names(self) -> frozenset[str]:
        names = {name.rpartition(".")[2] for file in self.files for name in (*file.functions, *file.classes)}
        names |= {name for file in self.files for name in file.bound}
        for node in (node for file in self.files for node in ast.walk(file.tree)):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                names.add(node.attr)
            elif isinstance(node, ast.ClassDef):
                fields = [part.target for part in node.body if isinstance(part, ast.AnnAssign)]
                names |= {field.id for field in fields if isinstance(field, ast.Name)}
        return frozenset(names)

    def defines(self, name: str) -> bool:
        """Whether a function, class, variable of a module or attribute has this name anywhere."""
        return name in self._names

    def knows(self, module: str) -> bool:
        """Whether a dotted name, relative or not, is one of its modules or packages."""
        return bool(self._of(module))

    def holds(self, module: str, name: str) -> bool:
        """Whether a module is there, and has the name ('' asks for the module alone)."""
        files = self._of(module)
        if not name:
            return bool(files)
        return any(name in file.bound or "*" in file.bound for file in files) or self.knows(f"{module}.{name}")

    def texts(self, module: str) -> frozenset[str]:
        """Top-level definitions of a module, as what they say."""
        return frozenset(
            ast.dump(node)
            for file in self._of(module)
            for node in file.tree.body
            if isinstance(node, Func | ast.ClassDef)
        )

    def moved_to(self, old: str, new: str, after: Own) -> bool:
        """Whether a definition of `after` is one that was here, under its old name or another, and no more."""
        was = {ast.dump(node).replace(f"'{old}'", f"'{new}'") for node in self._defined(old)}
        return any(ast.dump(node) in was for node in after._defined(new))

    def mends(self, before: Own, old: ast.Call, new: ast.Call) -> bool:
        """Whether an old call fits no function of that name and the new one does, the function being as it was."""
        last = new.func.attr if isinstance(new.func, ast.Attribute) else dotted(new.func)
        known = self._parameters(last)
        if not known:
            return False
        renamed = len(old.args) == len(new.args) and len(old.keywords) == len(new.keywords)
        as_it_was = [node for node in known if ast.dump(node[0].args) in before.signatures(last)]
        fitting = [
            candidate for candidate in (known if renamed and _alike(old, new) else as_it_was) if _fits(new, *candidate)
        ]
        return bool(fitting) and not any(_fits(old, *candidate) for candidate in known)

    def signatures(self, name: str) -> frozenset[str]:
        """The parameters of every function of a name, or of the class's making."""
        return frozenset(ast.dump(node.args) for node, _ in self._parameters(name))

    def _parameters(self, last: str) -> list[tuple[Func, bool]]:
        functions = []
        for file in self.files:
            for name, node in file.functions.items():
                owner, _, own = name.rpartition(".")
                if own == last or (own == "__init__" and owner.rpartition(".")[2] == last):
                    static = any(dotted(mark) == "staticmethod" for mark in node.decorator_list)
                    functions.append((node, owner in file.classes and not static))
        return functions

    def _of(self, module: str) -> list[File]:
        base = module.lstrip(".").replace(".", "/")
        ends = (f"/{base}.py", f"/{base}/__init__.py")
        files = [file for file in self.files if f"/{file.path}".endswith(ends)] if base else []
        return files or [file for file in self.files if base and f"/{file.path}".startswith(f"/{base}/")]

    def _defined(self, name: str) -> list[ast.AST]:
        every = ((key, node) for file in self.files for key, node in (*file.functions.items(), *file.classes.items()))
        return [node for key, node in every if key.rpartition(".")[2] == name]


def _alike(old: ast.Call, new: ast.Call) -> bool:
    """The same values in the same order, one keyword named otherwise."""
    values = [[ast.dump(part) for part in (*call.args, *(w.value for w in call.keywords))] for call in (old, new)]
    other = sum(was.arg != now.arg for was, now in zip(old.keywords, new.keywords, strict=True))
    return values[0] == values[1] and other == 1


def _fits(call: ast.Call, node: Func, bound: bool) -> bool:
    """Whether a function can be called so."""
    places = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)][int(bound) :]
    words = [word.arg for word in call.keywords]
    if None in words or any(isinstance(arg, ast.Starred) for arg in call.args):
        return True
    if len(call.args) > len(places) and node.args.vararg is None:
        return False
    allowed = {*places[len(call.args) :], *(arg.arg for arg in node.args.kwonlyargs)}
    if node.args.kwarg is None and not set(words) <= allowed:
        return False
    needed = places[: len(places) - len(node.args.defaults)][len(call.args) :]
    strict = [arg.arg for arg, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if value is None]
    return {*needed, *strict} <= set(words)

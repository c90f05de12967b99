"""Tests that contradict the code: whether a patch to one follows a name, call, keyword or key, and changes no more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from p2c.executor.requirements.distributions import is_known, is_stdlib
from p2c.repair.guards.code_changes import Change, File
from p2c.repair.guards.repository_interfaces import Own

_Imported = tuple[str, str, str]
"""Module, name in it ('' for the module itself), and the name that it is bound to."""

_COMMON = frozenset(name for kind in (str, list, dict, set, int, float, object) for name in dir(kind)) | frozenset(
    "mean sum std var min max all any size shape ndim dtype item tolist numpy detach cpu abs round argmax argmin T "
    "approx raises sqrt exp log isfinite isnan allclose array_equal norm".split()
)
"""Attributes of what is not the repository's: never taken for a name of its own that went."""

_MOST_LINES = 5
"""Lines that making a test readable may touch: a bracket, a quote, an indentation; more is another test."""


def follows_the_code(path: str, change: Change) -> bool:
    """Tell whether a changed test says the same as before, with names, keywords or keys that the code has."""
    before, after = change.pair(path)
    if not before.text or not after.text or not after.parses:
        return False
    return _Following(change, before, after).holds() if before.parses else _made_readable(before.text, after.text)


def _made_readable(before: str, after: str) -> bool:
    """A test that could not be parsed lost no test and no assertion, in a few lines."""
    old, new = before.splitlines(), after.splitlines()
    touched = len([line for line in new if line not in set(old)]) + len([line for line in old if line not in set(new)])
    words = re.compile(r"\bassert\w*\b|\bdef test\w+|\braises\b")
    kept = sorted(words.findall(before)) == sorted(words.findall(after))
    return kept and touched <= _MOST_LINES and not re.search(r"skip|xfail|return", "\n".join(set(new) - set(old)))


class _Following:
    """One test file before and after, walked side by side."""

    def __init__(self, change: Change, before: File, after: File) -> None:
        self.before, self.after = before, after
        self.had, self.has = Own(change.old), Own(change.new)
        self.configured = " ".join(text for path, text in change.after.files.items() if not path.endswith(".py"))
        self.renamed: dict[str, str] = {}

    def holds(self) -> bool:
        """Every difference follows the code."""
        return self._imports() and self._same(self.before.tree, self.after.tree)

    def _imports(self) -> bool:
        old, new = set(imported(self.before.tree)), set(imported(self.after.tree))
        gone, come = sorted(old - new), sorted(new - old)
        if any(self.has.holds(module, name) or not self._is_own(module) for module, name, _ in gone):
            return False
        for module, name, bound in come:
            if self.has.knows(module):
                origin = [old_import for old_import in gone if self._came_from(old_import, (module, name, bound))]
                if not origin:
                    return False
                self.renamed.update({old_import[2]: bound for old_import in origin[:1] if old_import[2] != bound})
            elif not self._is_missing(module, bound):
                return False
        return True

    def _is_own(self, module: str) -> bool:
        """A module of the repository, or one that nothing provides: what the test wrongly asks for."""
        return self.had.knows(module) or not (is_known(module) or is_stdlib(module.partition(".")[0]))

    def _came_from(self, old: _Imported, new: _Imported) -> bool:
        """What is imported now was there before the patch, or is what was imported, moved or renamed."""
        if self.had.holds(*new[:2]) and not self.had.holds(*old[:2]):
            return True
        if not new[1]:
            return not old[1] and self.had.texts(old[0]) <= self.has.texts(new[0])
        return self.had.moved_to(old[1], new[1], self.has)

    def _is_missing(self, module: str, bound: str) -> bool:
        """An import of a real package that the test used and forgot."""
        used = any(isinstance(node, ast.Name) and node.id == bound for node in ast.walk(self.before.tree))
        real = is_known(module) or is_stdlib(module.partition(".")[0])
        return used and real and bound not in self.before.bound and "mock" not in module

    @cached_property
    def _local(self) -> set[str]:
        """Names that the test gives itself."""
        nodes = list(ast.walk(self.before.tree))
        stored = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
        stored |= {node.arg for node in nodes if isinstance(node, ast.arg)}
        return stored | set(self.before.functions) | set(self.before.classes)

    def _renames(self, old: str, new: str, attribute: bool = False) -> bool:
        if old == new:
            return self.renamed.get(old, new) == new
        if old in (_COMMON if attribute else self._local):
            return False
        known = self.renamed.get(old)
        if known is not None:
            return known == new
        right = not self.has.defines(old) and (
            (self.had.defines(new) and not self.had.defines(old)) or self.had.moved_to(old, new, self.has)
        )
        if right:
            self.renamed[old] = new
        return right

    def _same(self, old: object, new: object) -> bool:
        if type(old) is not type(new):
            return False
        if isinstance(old, list) and isinstance(new, list):
            return self._lists(old, new)
        if isinstance(old, ast.Name) and isinstance(new, ast.Name):
            return self._renames(old.id, new.id)
        if isinstance(old, ast.Attribute) and isinstance(new, ast.Attribute):
            return self._renames(old.attr, new.attr, True) and self._same(old.value, new.value)
        if isinstance(old, ast.Call) and isinstance(new, ast.Call):
            return self._same(old.func, new.func) and self._called(old, new)
        if isinstance(old, ast.Subscript | ast.Dict):
            return self._keyed(old, new)
        if isinstance(old, ast.AST) and isinstance(new, ast.AST):
            return all(self._same(getattr(old, name, None), getattr(new, name, None)) for name in old._fields)
        return old == new

    def _keyed(self, old: ast.expr, new: object) -> bool:
        if isinstance(old, ast.Subscript) and isinstance(new, ast.Subscript):
            return self._same(old.value, new.value) and self._key(old.slice, new.slice)
        if not isinstance(old, ast.Dict) or not isinstance(new, ast.Dict) or len(old.keys) != len(new.keys):
            return False
        return all(map(self._key, old.keys, new.keys)) and self._same(old.values, new.values)

    def _lists(self, old: Sequence[object], new: Sequence[object]) -> bool:
        """Imports are judged by themselves."""
        was, now = (
            [item for item in items if not isinstance(item, ast.Import | ast.ImportFrom)] for items in (old, new)
        )
        return len(was) == len(now) and all(map(self._same, was, now))

    def _key(self, old: ast.expr | None, new: ast.expr | None) -> bool:
        texts = [node.value for node in (old, new) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        if len(texts) < 2 or texts[0] == texts[1]:
            return self._same(old, new)
        was, now = texts
        known = was in self.has.strings or re.search(rf"\b{re.escape(was)}\b", self.configured)
        return not known and now in self.had.strings

    def _called(self, old: ast.Call, new: ast.Call) -> bool:
        """The arguments are alike, or the old ones fit no such function and the new ones do."""
        words = [word.arg for word in old.keywords] == [word.arg for word in new.keywords]
        if words and len(old.args) == len(new.args):
            return self._same(old.args, new.args) and self._same(
                [word.value for word in old.keywords], [word.value for word in new.keywords]
            )
        was, now = sorted(_values(old)), sorted(_values(new))
        contained = not (set(was) - set(now)) or not (set(now) - set(was))
        return contained and self.has.mends(self.had, old, new)


def _values(call: ast.Call) -> Iterator[str]:
    yield from (ast.dump(node) for node in (*call.args, *(word.value for word in call.keywords)))


def imported(tree: ast.AST) -> Iterator[_Imported]:
    """Yield what a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "", alias.asname or alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((module, alias.name, alias.asname or alias.name) for alias in node.names)

"""Which of the repository's functions a finding is about, and where it is after a patch."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from p2c.executor.module_layout import is_test
from p2c.executor.report import Finding, Frame
from p2c.python_source import dotted
from p2c.repair.guards.code_changes import Change, File, Func, body, calls
from p2c.repair.guards.outdated_tests import imported
from p2c.repair.guards.stubbed_code import is_stub
from p2c.repo import Repo

_NEVER = re.compile(r"(?:^|\.)__(?:del|repr|str|getattr|getattribute|post_init)__$")
"""Functions whose exceptions are lost, or mean something else to the interpreter."""


@dataclass(frozen=True)
class FunctionPlace:
    """A function by its dotted name within its file, or the whole module where `name` is empty."""

    path: str
    name: str = ""

    @property
    def label(self) -> str:
        """For people: `evaluate (evaluation.py)`, or the file alone."""
        return f"{self.name} ({self.path})" if self.name else self.path


def failing(finding: Finding, change: Change) -> FunctionPlace | None:
    """Return where the innermost function of the repository's that failed, outside of its tests, is now.

    Where the patch has its caller do without it, it is the caller; where it was moved or renamed, the new one. None
    where no code but a test's was at work, or where all of it is gone.
    """
    frames = [frame for frame in finding.frames if frame.inside and frame.path.endswith(".py")]
    deepest: FunctionPlace | None = None
    outer: Frame | None = None
    for frame in frames:
        if is_test(frame.path):
            outer = frame
            continue
        was = _around(change.before, frame)
        place = now(was, change)
        if place is None or (
            outer is not None and deepest is not None and not _still_called(was, place, outer, change)
        ):
            break
        if not _NEVER.search(place.name):
            deepest = place
        outer = frame
    return deepest


def now(place: FunctionPlace, change: Change) -> FunctionPlace | None:
    """Return where a place of before is: the same, moved under its name, or renamed with most of its body kept."""
    if not place.name:
        return place if place.path in change.after.files else None
    file = File(place.path, change.after.files.get(place.path, ""))
    if place.name in file.functions:
        return place
    old = File(place.path, change.before.files.get(place.path, "")).functions.get(place.name)
    last = place.name.rpartition(".")[2]
    named = [
        FunctionPlace(code_file.path, name)
        for code_file in change.new
        for name in code_file.functions
        if name.rpartition(".")[2] == last
    ]
    had = {(code_file.path, name) for code_file in change.old for name in code_file.functions}
    fresh = [candidate for candidate in named if (candidate.path, candidate.name) not in had]
    if len(fresh) == 1:
        return fresh[0]
    return _renamed(old, change, had) if old is not None else None


def _renamed(old: Func, change: Change, had: set[tuple[str, str]]) -> FunctionPlace | None:
    """The new function that shares most statements with one that is gone, at least half of them."""
    best: tuple[float, FunctionPlace | None] = (0.5, None)
    was = [ast.dump(part) for part in body(old)]
    for file in change.new:
        for name, node in file.functions.items():
            if (file.path, name) not in had and was:
                has = {ast.dump(part) for part in body(node)}
                share = sum(part in has for part in was) / len(was)
                best = max(best, (share, FunctionPlace(file.path, name)), key=lambda item: item[0])
    return best[1]


def changed_functions(change: Change) -> tuple[FunctionPlace, ...]:
    """Return the functions outside of tests whose code a patch has changed or added, innermost ones alone."""
    changed = []
    for before, after in change.changed:
        for name, node in after.functions.items():
            old = before.functions.get(name)
            if (old is None or ast.dump(old) != ast.dump(node)) and not _NEVER.search(name):
                changed.append(FunctionPlace(after.path, name))
    return tuple(changed)


def replacing(change: Change, gone: Sequence[FunctionPlace]) -> tuple[FunctionPlace, ...]:
    """Return the functions that do something and that a patch has newly called, but for what handles exceptions."""
    newly_called: dict[FunctionPlace, None] = {}
    for before, after in change.changed:
        for name, node in after.functions.items():
            if name not in before.functions:
                continue
            had = calls([before.functions[name]])
            handled = calls([part for part in ast.walk(node) if isinstance(part, ast.ExceptHandler)])
            fresh = [call.rpartition(".")[2] for call in calls([node]) if call not in had and call not in handled]
            own = ((file, key, function) for file in change.new for key, function in file.functions.items())
            newly_called |= {
                FunctionPlace(f.path, key): None for f, key, function in own if key in fresh and not is_stub(function)
            }
    return tuple(place for place in newly_called if place not in gone)


def tested(test: str, change: Change) -> tuple[FunctionPlace, ...]:
    """Return the repository's functions that a test calls by name, whatever else happens; those it asserts first."""
    path, _, name = test.partition("::")
    file = File(path, change.after.files.get(path, ""))
    node = file.functions.get(name.partition("[")[0].replace("::", "."))
    if node is None:
        return ()
    known = {local: (module, item) for module, item, local in imported(file.tree)}
    asserted = [part for part in node.body if isinstance(part, ast.Assert)]
    calls = [*_calls(asserted), *_calls(node.body)]
    return tuple(dict.fromkeys(place for call in calls if (place := _resolved(call, known, change.new))))


def _calls(nodes: Sequence[ast.AST]) -> Iterator[ast.Call]:
    """Yield the calls that are made whatever happens: none of branches, handlers, or functions defined there."""
    for node in nodes:
        if isinstance(
            node, Func | ast.ClassDef | ast.Lambda | ast.If | ast.Try | ast.IfExp | ast.BoolOp | ast.comprehension
        ):
            continue
        if isinstance(node, ast.Call):
            yield node
        yield from _calls(list(ast.iter_child_nodes(node)))


def _resolved(call: ast.Call, known: dict[str, tuple[str, str]], files: Sequence[File]) -> FunctionPlace | None:
    first, _, rest = dotted(call.func).partition(".")
    module, item = known.get(first, ("", ""))
    wanted = ".".join(filter(None, [item, rest]))
    if not module or not wanted:
        return None
    base = module.lstrip(".").replace(".", "/")
    for file in files:
        if f"/{file.path}".endswith((f"/{base}.py", f"/{base}/__init__.py")):
            for name in (wanted, f"{wanted}.__init__"):
                if name in file.functions:
                    return FunctionPlace(file.path, name)
    return None


def _around(repo: Repo, frame: Frame) -> FunctionPlace:
    """The innermost function around a frame's line, by the text of before."""
    best, size = FunctionPlace(frame.path), 1 << 30
    if frame.function == "<module>":
        return best
    for name, node in File(frame.path, repo.files.get(frame.path, "")).functions.items():
        length = (node.end_lineno or node.lineno) - node.lineno
        if node.lineno <= frame.line <= (node.end_lineno or 0) and length < size:
            best, size = FunctionPlace(frame.path, name), length
    return best


def _still_called(was: FunctionPlace, place: FunctionPlace, outer: Frame, change: Change) -> bool:
    """Whether the code that called (or imported) it by its name still does; what is called by other ways still is."""
    before = _around(change.before, outer)
    after = now(before, change)
    if after is None:
        return False
    named = _mentions(change.before, before, _word(was))
    return not named or _mentions(change.after, after, _word(place))


def _word(place: FunctionPlace) -> str:
    """What whoever uses a place writes: a function's, its class's or the module's own name."""
    parts = place.name.split(".") if place.name else place.path.removesuffix(".py").removesuffix("/__init__").split("/")
    return parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]


def _mentions(repo: Repo, caller: FunctionPlace, word: str) -> bool:
    text = repo.files.get(caller.path, "")
    node = File(caller.path, text).functions.get(caller.name)
    lines = text.split("\n")[node.lineno - 1 : node.end_lineno] if node else [text]
    return bool(re.search(rf"\b{re.escape(word)}\b", "\n".join(lines)))

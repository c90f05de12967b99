"""Code that went away although something was promised, or something still needs it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from p2c.repair.guards.code_changes import MAIN, Change, File, body, calls, is_main_guard, names, statements, top_level
from p2c.repair.guards.model import Refusal
from p2c.repair.guards.moved_files import is_moved_whole
from p2c.repair.guards.stubbed_code import is_stub
from p2c.run_contract import split

_TALK = set("print logging logger log warnings sys exit quit str float int dict list ?".split())
"""First names of calls that are no work."""


def promises(change: Change) -> Iterator[Refusal]:
    """A promised file, class, function or method is no longer there."""
    for path, promise in change.scope.promises.items():
        before, after = change.pair(path)
        if path not in change.before.files or path not in change.paths or not before.parses:
            continue
        if path not in change.after.files:
            if not is_moved_whole(path, promise, change):
                message = "the plan promises this file. Keep it, and mend what is wrong in it; or move it whole, under "
                yield Refusal("removed", path, message + "all its definitions, with every file that imports it.")
            continue
        for name in [item.name for item in promise.functions] + [item.name for item in promise.classes]:
            if name in before.bound and name not in after.bound and after.parses:
                message = f"the plan promises {name} here. Keep it, and mend what is wrong in it."
                yield Refusal("removed", path, message)
        for promised_class in promise.classes:
            yield from _methods(
                before, after, promised_class.name, tuple(method.name for method in promised_class.methods), path
            )


def needed(change: Change) -> Iterator[Refusal]:
    """A function or class went, or is called no more, and its callers got nothing in its place."""
    used = names(file.tree for file in change.new)
    imported = {alias.name for file in change.new for node in ast.walk(file.tree)
                if isinstance(node, ast.ImportFrom) for alias in node.names}  # fmt: skip
    seen: set[str] = set()
    for before, after in change.changed:
        for caller, was, now in _callers(before, after):
            for name in _lost(was, now, change):
                last = name.rpartition(".")[2]
                if last in seen or last in used - imported or _does_more(was, now):
                    continue
                seen.add(last)
                where = "the program" if caller == MAIN else caller
                gone = "is gone" if last not in change.new_names else "is never called any more"
                message = f"{last} {gone}, and {where}, which called it, has nothing in its place. "
                yield Refusal("removed", before.path, message + "Mend it instead of leaving out the work.")
    yield from _dangling(change)


def entry(change: Change) -> Iterator[Refusal]:
    """What starts the program was deleted, emptied, or guarded away."""
    started = set(entry_paths(change))
    for path in started & set(change.paths):
        if path in change.before.files and path not in change.after.files:
            yield Refusal("entry", path, "the smoke command runs this file. Keep it.")
    for before, after in change.changed:
        if not before.parses or not after.parses or not after.text:
            continue
        was, now = _main(before), _main(after)
        if was and not now and not _same_calls(was, top_level(after.tree)):
            message = 'what stood under `if __name__ == "__main__":` is gone, so the file does nothing. Keep it.'
            yield Refusal("entry", after.path, message)
        elif not was and before.path in started and _stopped(top_level(before.tree), top_level(after.tree)):
            yield Refusal("entry", after.path, "running the file does nothing any more. Keep the call that starts it.")


def _stopped(was: list[ast.stmt], now: list[ast.stmt]) -> bool:
    """It did something, and of that a call or a loop went: `float(3)` for `np.float(3)` takes nothing away."""
    lost = _last_names(was) - _last_names(now)
    loops = [sum(isinstance(n, ast.For | ast.While) for top in nodes for n in ast.walk(top)) for nodes in (was, now)]
    return _acts(was) and not _acts(now) and (bool(lost) or loops[0] > loops[1])


def _last_names(nodes: list[ast.stmt]) -> Counter[str]:
    return Counter(name.rpartition(".")[2] for name in calls(nodes).elements())


def entry_paths(change: Change) -> Iterator[str]:
    """Files that the run contract's commands name, as a script, a module or an argument."""
    for line in (*change.scope.contract.smoke, *change.scope.contract.full):
        argv = split(line)
        for at, word in enumerate(argv):
            if at and argv[at - 1] == "-m":
                base = word.replace(".", "/")
                yield from (f"{base}.py", f"{base}/__main__.py")
            else:
                yield str(PurePosixPath(word.rpartition("=")[2] or "."))


def _methods(before: File, after: File, name: str, methods: tuple[str, ...], path: str) -> Iterator[Refusal]:
    for method in methods:
        whole = f"{name}.{method}"
        if whole in before.functions and name in after.classes and whole not in after.functions:
            owner = after.classes[name]
            if {ast.dump(base) for base in owner.bases} <= {ast.dump(base) for base in before.classes[name].bases}:
                message = f"the plan promises {whole} here. Keep it, and mend what is wrong in it."
                yield Refusal("removed", path, message)


def _callers(before: File, after: File) -> Iterator[tuple[str, list[ast.stmt], list[ast.stmt]]]:
    """Functions that stay, and what runs at the top, as (name, statements before, statements after)."""
    if before.parses and after.parses and after.text:
        yield MAIN, top_level(before.tree), top_level(after.tree)
        for name, node in before.functions.items():
            if name in after.functions:
                yield name, body(node), body(after.functions[name])


def _lost(was: list[ast.stmt], now: list[ast.stmt], change: Change) -> list[str]:
    """What of the repository's own was called and is not any more."""
    had, has = calls(was), calls(now)
    kept = {name.rpartition(".")[2] for name in has} | names(now)
    gone = [name for name in had if name not in has and name.rpartition(".")[2] not in kept]
    return [name for name in gone if name.rpartition(".")[2] in change.old_names and _worked(name, change)]


def _worked(name: str, change: Change) -> bool:
    """What was called did something; leaving out a stub loses nothing."""
    last = name.rpartition(".")[2]
    functions = [node for file in change.old for key, node in file.functions.items() if key.rpartition(".")[2] == last]
    return not functions or not all(is_stub(node) for node in functions)


def _does_more(was: list[ast.stmt], now: list[ast.stmt]) -> bool:
    """The caller calls something else now, or computes on its own what it had computed."""
    had, has = calls(was), calls(now)
    fresh = [name for name in has if has[name] > had[name] and name.split(".")[0] not in _TALK]
    return bool(fresh) or _computing(now) > _computing(was)


def _computing(nodes: list[ast.stmt]) -> int:
    """Operators, loops and comprehensions: what an inlined call leaves behind."""
    kinds = (ast.BinOp, ast.For, ast.While, ast.comprehension, ast.Compare, ast.Subscript)
    return sum(isinstance(node, kinds) for top in nodes for node in ast.walk(top))


def _dangling(change: Change) -> Iterator[Refusal]:
    """Something was deleted that other files still import."""
    for before, after in change.changed:
        gone = {name for name in (*before.functions, *before.classes) if "." not in name} - after.bound
        if not after.text:
            # A module may become a package of its name, or the other way round.
            base = before.path.removesuffix(".py").removesuffix("/__init__")
            gone -= change.pair(f"{base}/__init__.py")[1].bound | change.pair(f"{base}.py")[1].bound
        if not gone or (after.text and not after.parses) or "*" in after.bound:
            continue
        module = before.path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]
        for file in change.new:
            for node in ast.walk(file.tree):
                if isinstance(node, ast.ImportFrom) and (node.module or "").rpartition(".")[2] == module:
                    for name in sorted(gone & {alias.name for alias in node.names}):
                        message = f"{file.path} still imports {name}. Keep it, or change every place that uses it."
                        yield Refusal("removed", before.path, message)


def _main(file: File) -> list[ast.stmt]:
    guards = [node for node in file.tree.body if isinstance(node, ast.If) and is_main_guard(node)]
    return [part for guard in guards for part in guard.body if _acts([part])]


def _acts(nodes: list[ast.stmt]) -> bool:
    return (
        any(name.split(".")[0] not in _TALK for name in calls(nodes))
        or any(isinstance(node, ast.For | ast.While) for top in nodes for node in ast.walk(top))
        or any("exit" in name for name in calls(nodes) if len(calls(nodes)) > 1)
    )


def _same_calls(was: list[ast.stmt], now: list[ast.stmt]) -> bool:
    """Whether what was guarded runs now whatever the file's name is."""
    now = [node for node in now if not (isinstance(node, ast.If) and "__name__" in names([node.test]))]
    return bool(set(calls(was)) & set(calls(now)) - _TALK) and statements(now) > 0

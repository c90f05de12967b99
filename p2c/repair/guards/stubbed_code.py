"""Code that is still there by name only: stubs, early ends, switched-off branches."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from p2c.python_source import dotted
from p2c.repair.guards.code_changes import Change, File, Func, body, has_number, literal, names, statements
from p2c.repair.guards.model import Refusal

_ABSTRACT = {"abstractmethod", "overload", "abstractproperty"}
_ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_BLOCKS = ("body", "orelse", "finalbody")
_INSTEAD = "Keep what it does and mend the statement that fails."


def bodies(change: Change) -> Iterator[Refusal]:
    """A function's body became `pass`, `...`, a constant or `raise NotImplementedError`, or stopped using its input."""
    asked = {
        alias.name
        for file in change.old
        for node in ast.walk(file.tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    moved = {
        name.rpartition(".")[2]: node
        for before, after in change.changed
        for name, node in before.functions.items()
        if name not in after.functions
    }
    for before, after in change.changed:
        promised = _promised(change, after.path)
        used = names([before.tree]) | asked
        for name, node in after.functions.items():
            old = before.functions.get(name) or moved.get(name.rpartition(".")[2])
            if old is not None and _says_the_same(old, node):
                continue
            if _excused(node, after, name) or _left_to_subclasses(node, name, old, change):
                continue
            if is_stub(node) and (name in promised or (_works(old) if old else _called(name, before, used))):
                yield Refusal("emptied", after.path, f"{name} has no body any more that does anything. {_INSTEAD}")
            elif old is not None and _ignores_input(old, node):
                yield Refusal("emptied", after.path, f"{name} no longer uses what it is given. {_INSTEAD}")
        yield from _replaced(before, after)


def unreachable(change: Change) -> Iterator[Refusal]:
    """Statements were cut off by an unconditional end before them, or by a condition that is a constant."""
    pairs = (*change.changed, *change.tests)
    had = Counter(cut for before, _ in pairs for _, cut, _ in _cut_off(before))
    for before, after in pairs:
        stood = frozenset() if before.parses else frozenset(map(str.strip, before.text.split("\n")))
        for node, cut, message in _cut_off(after):
            had[cut] -= 1
            if had[cut] < 0 and _text(after, node) not in stood:
                yield Refusal("unreachable", after.path, f"line {_line(node)}: {message}")


def _cut_off(file: File) -> Iterator[tuple[ast.AST, str, str]]:
    """Yield where code is never reached, what cuts it off as far as that decides, and the words for it."""
    switched = "a branch is switched off by a constant condition. Remove it if it is wrong, or mend it."
    for node in ast.walk(file.tree):
        if isinstance(node, ast.If | ast.While | ast.IfExp) and _switched_off(node):
            inside = node.body if isinstance(node.body, list) else [node.body]
            yield node, f"{ast.dump(node.test)} {ast.dump(inside[0])}", switched
        for statement, following in _dead(node):
            cut = f"{ast.dump(statement)} {ast.dump(following)}"
            yield statement, cut, f"everything after it is never reached. {_INSTEAD}"


def _text(file: File, node: ast.AST) -> str:
    lines = file.text.split("\n")
    return lines[_line(node) - 1].strip() if 0 < _line(node) <= len(lines) else ""


def _says_the_same(old: Func, new: Func) -> bool:
    """Its body stood there before, whatever it is worth."""
    return [ast.dump(part) for part in body(old)] == [ast.dump(part) for part in body(new)]


def is_stub(node: Func) -> bool:
    """Whether a function does nothing but pass, return a constant or refuse to work."""
    return all(_idle(statement) for statement in body(node))


def _idle(node: ast.stmt) -> bool:
    if isinstance(node, ast.Pass | ast.Import | ast.ImportFrom | ast.Global):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or _only_says(node.value)
    if isinstance(node, ast.Return):
        return node.value is None or literal(node.value)
    if isinstance(node, ast.Raise):
        return "NotImplemented" in ast.dump(node)
    return False


def _only_says(node: ast.expr) -> bool:
    """A call that prints or logs fixed words."""
    if not isinstance(node, ast.Call):
        return False
    name = dotted(node.func)
    return (name == "print" or name.split(".")[0] in ("logging", "logger", "log", "warnings")) and all(
        literal(argument) for argument in node.args
    )


def _works(node: Func) -> bool:
    """Whether there was something to lose: more than a stub, and more than one returned constant."""
    return not is_stub(node)


def _excused(node: Func, file: File, name: str) -> bool:
    marks = {dotted(d if not isinstance(d, ast.Call) else d.func).rpartition(".")[2] for d in node.decorator_list}
    owner = file.classes.get(name.rpartition(".")[0])
    bases = {dotted(base).rpartition(".")[2] for base in owner.bases} if owner else set()
    return bool(marks & _ABSTRACT) or bool(bases & {"Protocol", "ABC"} and is_stub(node) and not marks - {"property"})


def _left_to_subclasses(node: Func, name: str, old: Func | None, change: Change) -> bool:
    """A method that only raises NotImplementedError, where every class that takes it over does the work."""
    owner, _, last = name.rpartition(".")
    if not owner or not all(_refuses(part) for part in body(node)):
        return False
    heirs = _heirs(owner.rpartition(".")[2], change)
    overrides = [file.functions.get(f"{heir}.{last}") for file, heir in heirs]
    does = [override for override in overrides if override is not None]
    return bool(does) and all(_works(override) and not (old and _ignores_input(old, override)) for override in does)


def _refuses(node: ast.stmt) -> bool:
    return isinstance(node, ast.Raise) and "NotImplemented" in ast.dump(node)


def _heirs(name: str, change: Change) -> list[tuple[File, str]]:
    """Every class below one, with its file, as far as names tell."""
    heirs: dict[str, tuple[File, str]] = {}
    names_of = {name}
    every = [(file, key, node) for file in change.new for key, node in file.classes.items()]
    # Each round finds the next level of heirs; class trees of research code are seldom three deep.
    for _ in range(8):
        for file, key, node in every:
            if key not in heirs and {dotted(base).rpartition(".")[2] for base in node.bases} & names_of:
                heirs[key] = (file, key)
                names_of.add(key.rpartition(".")[2])
    return [heir for key, heir in heirs.items() if key.rpartition(".")[2] != name]


def _called(name: str, before: File, used: set[str]) -> bool:
    """A stub for a name that the code already relied on: a function, or a method of a class that was there."""
    owner, _, last = name.rpartition(".")
    if last.startswith("__") and last.endswith("__"):
        return False
    return last in used and (not owner or owner in before.classes)


def _promised(change: Change, path: str) -> set[str]:
    promise = change.scope.promises.get(path)
    if promise is None:
        return set()
    methods = {
        f"{promised_class.name}.{method.name}"
        for promised_class in promise.classes
        for method in promised_class.methods
    }
    # A promised `__init__` may well have nothing to do.
    return {name for name in {function.name for function in promise.functions} | methods if "__" not in name}


def _ignores_input(old: Func, new: Func) -> bool:
    """It had loops or several statements over its parameters, and now touches none of them and returns constants."""
    # One statement or two may honestly become a constant: a size, a default, a name.
    if statements(body(old)) < 3:
        return False
    given = {arg.arg for arg in (*old.args.posonlyargs, *old.args.args, *old.args.kwonlyargs)} - {"self", "cls"}
    kept = {arg.arg for arg in (*new.args.posonlyargs, *new.args.args, *new.args.kwonlyargs)} - {"self", "cls"}
    uses = names(body(new))
    fields = "self" in names(body(old))
    if not (given & names(body(old))) and not fields:
        return False
    return not (uses & (given | kept)) and not (fields and "self" in uses) and _constant_result(new)


def _constant_result(node: Func) -> bool:
    results = [part.value for part in ast.walk(node) if isinstance(part, ast.Return) and part.value is not None]
    fixed = _fixed_names(node)
    return all(literal(value) or (isinstance(value, ast.Name) and value.id in fixed) for value in results) and (
        not any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(node)) and not _acts(node)
    )


def _acts(node: Func) -> bool:
    """It calls something that is not mere talk, so it may well do its work by other means."""
    return any(isinstance(part, ast.Call) and not _only_says(part) and not has_number(part) for part in ast.walk(node))


def _fixed_names(node: Func) -> set[str]:
    fixed: dict[str, bool] = {}
    for part in ast.walk(node):
        if isinstance(part, ast.Assign):
            for target in part.targets:
                if isinstance(target, ast.Name):
                    fixed[target.id] = fixed.get(target.id, True) and literal(part.value)
    return {name for name, alone in fixed.items() if alone}


def _replaced(before: File, after: File) -> Iterator[Refusal]:
    """A definition was replaced by an assignment of something that does nothing."""
    known = {ast.dump(node) for node in ast.walk(before.tree) if isinstance(node, ast.Assign)}
    for node in ast.walk(after.tree):
        stub = isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in after.functions
        if not isinstance(node, ast.Assign) or ast.dump(node) in known:
            continue
        if not _hollow(node.value) and not (stub and is_stub(after.functions[dotted(node.value)])):
            continue
        for target in node.targets:
            name = dotted(target)
            if name in before.functions or name in before.classes:
                message = f"{name} is replaced by {ast.unparse(node.value)[:60]!r}. {_INSTEAD}"
                yield Refusal("emptied", after.path, message)


def _hollow(node: ast.expr) -> bool:
    return literal(node) or (isinstance(node, ast.Lambda) and (literal(node.body) or isinstance(node.body, ast.Name)))


def _switched_off(node: ast.AST) -> bool:
    """`if False:`, `while 0:`, `if not True:`, or `if True:` that leaves an `else` behind, or ends there."""
    if not isinstance(node, ast.If | ast.While | ast.IfExp):
        return False
    test, turned = node.test, False
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, turned = test.operand, True
    if not isinstance(test, ast.Constant):
        return False
    if isinstance(node, ast.IfExp):
        return True
    ends = isinstance(node, ast.If) and (bool(node.orelse) or isinstance(node.body[-1], _ENDS))
    return bool(test.value) is turned or ends


def _dead(node: ast.AST) -> Iterator[tuple[ast.stmt, ast.stmt]]:
    """Each end in a block that has real statements after it, and the first of these."""
    for field in _BLOCKS:
        block = getattr(node, field, None)
        if not isinstance(block, list):
            continue
        for at, statement in enumerate(block[:-1]):
            if isinstance(statement, _ENDS) and statements(block[at + 1 :]):
                # `return` before `yield` is how an empty generator is written.
                if any(isinstance(part, ast.Yield) for rest in block[at + 1 :] for part in ast.walk(rest)):
                    continue
                yield statement, block[at + 1]
                break


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)

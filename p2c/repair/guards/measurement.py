"""Results that are good because of how they are measured: bound anew, of chosen samples, of other targets, unused."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from p2c.python_source import dotted
from p2c.repair.guards.code_changes import Change, File, Func, more
from p2c.repair.guards.model import Refusal
from p2c.repair.guards.requirements import is_requirements

_MEASURES = re.compile(r"evaluat|score|accura|metric|loss|error|measure|test", re.IGNORECASE)
_GIVES = re.compile(r"^(?:forward|predict\w*|evaluate\w*|score\w*|loss\w*|gradient\w*|accuracy|fit_predict|transform)$")
_UNDER_TEST = re.compile(r"_?pytest|PYTEST_\w+")
_INSTEAD = "Let the program compute and measure it."


def bound_anew(change: Change) -> Iterator[Refusal]:
    """A function or method is bound to something else beside its definition, or carries a number about with it."""
    own = change.old_names
    for path, node in more(change, lambda node: isinstance(node, ast.Assign)):
        file = File(path, change.after.files[path])
        top = {id(statement) for statement in _statements(file.tree)}
        for target in node.targets if isinstance(node, ast.Assign) else ():
            here = isinstance(target, ast.Name) and target.id in file.functions and _is_at_top(node, file, top)
            method = isinstance(target, ast.Attribute) and target.attr in own and _is_class(target.value, change)
            number = isinstance(target, ast.Attribute) and dotted(target.value) in file.functions
            if here or method or number:
                message = (
                    f"line {_line(node)}: {ast.unparse(target)} is set beside its definition. Change the definition."
                )
                yield Refusal("faked", path, message)


def chosen(change: Change) -> Iterator[Refusal]:
    """What is measured is picked by whether it is right."""
    for before, after in change.changed:
        for name, node in after.functions.items():
            old = before.functions.get(name)
            known = {ast.dump(part) for part in ast.walk(old)} if old is not None else set()
            right = _compared(node)
            for part in ast.walk(node):
                if not isinstance(part, ast.Subscript) or ast.dump(part) in known:
                    continue
                itself = ast.dump(part.value) == ast.dump(part.slice)
                measures = bool(_MEASURES.search(name.rpartition(".")[2])) or old is None
                if itself or (measures and (_is_right(part.slice) or dotted(part.slice) in right)):
                    message = f"line {part.lineno}: what is right is picked out there, and measured alone. {_INSTEAD}"
                    yield Refusal("constants", after.path, message)


def own_targets(change: Change) -> Iterator[Refusal]:
    """The data that something is measured on is made by what is measured."""
    for before, after in change.changed:
        for name, node in after.functions.items():
            old = before.functions.get(name)
            known = {ast.dump(part) for part in ast.walk(old)} if old is not None else set()
            given = {argument for call in _measuring(node, change) for argument in _plain(call)}
            for part in ast.walk(node):
                if isinstance(part, ast.Assign) and ast.dump(part) not in known:
                    sources = {dotted(call.func).partition(".")[0] for call in ast.walk(part.value)
                               if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
                               and _GIVES.match(call.func.attr)}  # fmt: skip
                    names = {
                        child.id for target in part.targets for child in ast.walk(target) if isinstance(child, ast.Name)
                    }
                    if names & given and (sources & given) - names:
                        message = f"line {part.lineno}: it is measured on what it gave itself. {_INSTEAD}"
                        yield Refusal("constants", after.path, message)


def unused(change: Change) -> Iterator[Refusal]:
    """What the model gives is computed and dropped, or what is measured is no longer asked at all."""
    for path, node in more(change, lambda node: _is_dropped(node, change)):
        message = f"line {_line(node)}: what is computed there is dropped. Use it, or leave it as it was."
        yield Refusal("constants", path, message)
    for before, after in change.changed:
        for name, new in after.functions.items():
            old = before.functions.get(name)
            if old is None or not _MEASURES.search(name.rpartition(".")[2]):
                continue
            asked = {dotted(call.func.value) for call in ast.walk(old) if _is_asked(call, change)
                     and isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)}  # fmt: skip
            named = _named_within(new, after, before)
            for lost in sorted(attribute for attribute in asked - named if attribute.startswith("self.")):
                yield Refusal("emptied", after.path, f"{name} no longer asks {lost}, which it measured. {_INSTEAD}")


def _named_within(node: Func, after: File, before: File) -> set[str]:
    """What a function names, and what the new functions of its file do that it calls or hands on."""
    fresh = {
        name.rpartition(".")[2]: function for name, function in after.functions.items() if name not in before.functions
    }
    named, left = set[str](), [node]
    while left:
        names = {dotted(part) for part in ast.walk(left.pop())} - named
        named |= names
        left += [helper for name in names if (helper := fresh.pop(name.rpartition(".")[2], None)) is not None]
    return named


def under_test(change: Change) -> Iterator[Refusal]:
    """The program asks whether it is being tested, or says how."""
    for path, node in more(change, _speaks_of_tests):
        if is_requirements(path):
            continue  # `extras_require={"test": ["pytest"]}`
        message = "the program asks whether it is tested, or says how. It may not."
        yield Refusal("tests", path, f"line {_line(node)}: {message}")


def _speaks_of_tests(node: ast.AST) -> bool:
    text = node.value if isinstance(node, ast.Constant) else None
    return isinstance(text, str) and bool(_UNDER_TEST.fullmatch(text))


def from_itself(change: Change) -> Iterator[Refusal]:
    """Something is taken from itself, which is nought whatever it is."""
    for path, node in more(change, _is_nothing):
        message = f"line {_line(node)}: what comes out there is nought, whatever it is. {_INSTEAD}"
        yield Refusal("constants", path, message)


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Those that run when the module is imported."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, Func | ast.ClassDef | ast.Lambda):
            yield node
            yield from _statements(node)


def _is_at_top(node: ast.AST, file: File, top: set[int]) -> bool:
    known = {
        ast.dump(assignment)
        for assignment in ast.walk(file.tree)
        if id(assignment) in top and isinstance(assignment, ast.Assign)
    }
    return ast.dump(node) in known


def _is_class(node: ast.expr, change: Change) -> bool:
    """`Model`, `type(model)`, `model.__class__`, or a module of the repository's."""
    if isinstance(node, ast.Call):
        return dotted(node.func) == "type"
    last = dotted(node).rpartition(".")[2]
    modules = {file.path.rpartition("/")[2].removesuffix(".py") for file in change.new}
    return last == "__class__" or last in modules or any(last in file.classes for file in change.new)


def _compared(scope: ast.AST) -> set[str]:
    """Names that hold, as positions or as a mask, where two things are equal."""
    masks: set[str] = set()
    for _ in range(3):
        for node in ast.walk(scope):
            if isinstance(node, ast.Assign) and (_is_right(node.value) or _from(node.value, masks)):
                masks |= {dotted(target) for target in node.targets}
    return masks - {""}


def _from(node: ast.expr, masks: set[str]) -> bool:
    called = isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in ("flatnonzero", "where", "nonzero")
    return called and any(dotted(part) in masks for part in ast.walk(node))


def _is_right(node: ast.expr) -> bool:
    """`guesses == targets`: two things that are no constants are compared."""
    if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in (
        "flatnonzero",
        "where",
        "nonzero",
        "equal",
    ):
        return any(map(_is_right, node.args)) or dotted(node.func).endswith("equal")
    equal = isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq)
    return equal and isinstance(node, ast.Compare) and not any(map(_is_fixed, (node.left, node.comparators[0])))


def _is_fixed(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or not any(isinstance(part, ast.Name) for part in ast.walk(node))


def _measuring(node: Func, change: Change) -> Iterator[ast.Call]:
    for part in ast.walk(node):
        last = dotted(part.func).rpartition(".")[2] if isinstance(part, ast.Call) else ""
        if isinstance(part, ast.Call) and last in change.old_names and _MEASURES.search(last):
            yield part


def _plain(call: ast.Call) -> Iterator[str]:
    yield from (
        argument.id for argument in [*call.args, *(w.value for w in call.keywords)] if isinstance(argument, ast.Name)
    )


def _is_asked(node: ast.AST, change: Change) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in change.old_names


def _is_dropped(node: ast.AST, change: Change) -> bool:
    call = node.value if isinstance(node, ast.Expr) else None
    own = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in change.old_names
    return (
        own
        and isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and bool(_GIVES.match(call.func.attr))
    )


def _is_nothing(node: ast.AST) -> bool:
    taken = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and not isinstance(node.left, ast.Constant)
    return taken and isinstance(node, ast.BinOp) and ast.dump(node.left) == ast.dump(node.right)


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)

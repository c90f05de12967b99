"""Errors that are lost on their way: context managers, callbacks, hooks, handlers and filters that keep them quiet."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from p2c.python_source import dotted
from p2c.repair.guards.code_changes import Change, File, Func, has_number, literal
from p2c.repair.guards.exceptions import BROAD, BUGS, Caught, true_ends
from p2c.repair.guards.model import Refusal
from p2c.repair.guards.resolved import Called, fresh, full, last, line, origins, own_parts, parents
from p2c.repair.guards.stubbed_code import is_stub

_EXITS = ("__exit__", "__aexit__")
_MANAGERS = ("contextmanager", "asynccontextmanager")
_LEAVING = {"os._exit", "os.kill", "os.abort", "os.killpg", "sys.exit", "signal.raise_signal", "os.execv"}
_IGNORED = set("SIGINT SIGPIPE SIGHUP SIGCHLD SIGTTOU SIGTTIN SIGWINCH SIGUSR1 SIGUSR2 SIGTSTP SIGCONT".split())
"""Signals that programs ignore for reasons of their own: a pipe that is closed, a pool's workers on Ctrl-C."""
_RESULT = re.compile(r"metric|result|score|loss|accura|summary|evaluat|predict|error_rate|\bf1\b|auc", re.IGNORECASE)
_HIDDEN = "the failure is hidden, not cured. Let it be raised."


def managers(change: Change) -> Iterator[Refusal]:
    """A context manager or an exit callback may say that an error has been dealt with, whatever error it was."""
    for path, node in fresh(change, _quiet, tests=True):
        yield Refusal("swallowed", path, f"line {line(node)}: errors raised inside end there: {_HIDDEN}")


def hooks(change: Change) -> Iterator[Refusal]:
    """A hook, callback, signal handler or option is set by which a failure is lost."""
    for path, node in fresh(change, _hooked, tests=True):
        yield Refusal("swallowed", path, f"line {line(node)}: a failure is lost there by a hook or option: {_HIDDEN}")


def made_up(change: Change) -> Iterator[Refusal]:
    """A number stands in for a result where an error was caught."""
    for path, node in fresh(change, _stand_ins):
        message = "a number stands in for a result where an error was caught. Let the error be raised."
        yield Refusal("swallowed", path, f"line {line(node)}: {message}")


def filters(change: Change) -> Iterator[Refusal]:
    """All warnings, logs or floating-point errors are switched off for good."""
    for path, node in fresh(change, _muted, tests=True):
        message = "all warnings, logs or floating-point errors are switched off there. Cure what they tell of."
        yield Refusal("silenced", path, f"line {line(node)}: {message}")


def _quiet(file: File) -> Iterator[ast.AST]:
    caught = Caught(file)
    for name, node in file.functions.items():
        is_exit = name.rpartition(".")[2] in _EXITS
        is_manager = any(last(_called(mark)) in _MANAGERS for mark in node.decorator_list)
        if (is_exit and true_ends(node, caught)) or (is_manager and _keeps(node, caught)):
            yield node
    for part in ast.walk(file.tree):
        if _suppresses(part, caught) or any(
            true_ends(exit_function, caught) for exit_function in _bound_exits(part, file)
        ):
            yield part


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _keeps(node: Func, caught: Caught) -> bool:
    """Whether an error at a generator's `yield` can end in it."""
    for part in own_parts(node):
        if not isinstance(part, ast.Try) or not any(isinstance(child, ast.Yield) for child in _inside(part.body)):
            continue
        if any(caught.is_wide(handler.type) and not _raises(handler.body) for handler in part.handlers):
            return True
    return False


def _inside(nodes: list[ast.stmt]) -> Iterator[ast.AST]:
    for node in nodes:
        yield node
        yield from own_parts(node)


def _raises(nodes: list[ast.stmt]) -> bool:
    """Whether a block always ends in an error."""
    end = nodes[-1]
    if isinstance(end, ast.If):
        return bool(end.orelse) and _raises(end.body) and _raises(end.orelse)
    if isinstance(end, ast.Try | ast.With):
        return _raises(end.body)
    code = end.value if isinstance(end, ast.Expr) and isinstance(end.value, ast.Call) else None
    leaves = code is not None and dotted(code.func) in ("sys.exit", "os._exit") and bool(code.args)
    return isinstance(end, ast.Raise) or leaves


def _bound_exits(node: ast.AST, file: File) -> Iterator[Called]:
    """Functions made an exit beside a `def`: assigned, in a class made by `type`, set, pushed on a stack."""
    given: list[ast.expr] = []
    if isinstance(node, ast.Assign) and any(last(target) in _EXITS for target in node.targets):
        given = [node.value]
    elif isinstance(node, ast.Dict):
        given = [value for key, value in zip(node.keys, node.values, strict=True)
                 if isinstance(key, ast.Constant) and key.value in _EXITS]  # fmt: skip
    elif isinstance(node, ast.Call) and last(node.func) in ("push", "push_async_exit"):
        given = [argument for argument in node.args if _takes_three(_function(argument, file))]
    elif isinstance(node, ast.Call) and dotted(node.func) == "setattr" and len(node.args) == 3:
        named = isinstance(node.args[1], ast.Constant) and node.args[1].value in _EXITS
        given = node.args[2:] if named else []
    yield from (function for part in given for function in [_function(part, file)] if function is not None)


def _function(node: ast.expr, file: File) -> Called | None:
    if isinstance(node, ast.Lambda):
        return node
    named = [
        function for name, function in file.functions.items() if dotted(node) and name.rpartition(".")[2] == last(node)
    ]
    return named[0] if named else None


def _takes_three(node: Called | None) -> bool:
    """An exit is given the type, the error and the trace."""
    if node is None:
        return False
    places = len(node.args.args) + len(node.args.posonlyargs)
    return node.args.vararg is not None or places >= 3


def _suppresses(node: ast.AST, caught: Caught) -> bool:
    """`suppress(E)`, also under another name, by `partial`, or as the base of a class."""
    if isinstance(node, ast.ClassDef):
        return any(_is_suppress(base, caught) for base in node.bases)
    if not isinstance(node, ast.Call):
        return False
    given = [argument.value if isinstance(argument, ast.Starred) else argument for argument in node.args]
    named = [node.func, *given]
    return any(_is_suppress(name, caught) for name in named) and any(
        caught.is_wide(argument) for argument in given if not _is_suppress(argument, caught)
    )


def _is_suppress(node: ast.AST, caught: Caught) -> bool:
    return full(node, caught.known).rpartition(".")[2] == "suppress"


def _hooked(file: File) -> Iterator[ast.AST]:
    known = origins(file.tree)
    above = parents(file.tree)
    for node in ast.walk(file.tree):
        if isinstance(node, Func) and any(full(mark, known) == "atexit.register" for mark in node.decorator_list):
            if any(isinstance(part, ast.Call) and full(part.func, known) in _LEAVING for part in ast.walk(node)):
                yield node
        elif isinstance(node, ast.Call):
            name = full(node.func, known)
            if _at_exit(node, name, file, known) or _signalled(node, name, file) or _optional(node, name, above):
                yield node
        elif isinstance(node, ast.Assign) and any(_in_namespace(target, known) for target in node.targets):
            yield node


def _in_namespace(target: ast.expr, known: dict[str, str]) -> bool:
    """`sys.__dict__["excepthook"] = ...`, `vars(sys)[...] = ...`."""
    if not isinstance(target, ast.Subscript):
        return False
    place = target.value
    inside = place.args[0] if isinstance(place, ast.Call) and dotted(place.func) == "vars" and place.args else None
    name = full(inside, known) if inside is not None else full(place, known).removesuffix(".__dict__")
    return name in ("sys", "threading", "builtins", "os") and (inside is not None or last(place) == "__dict__")


def _at_exit(node: ast.Call, name: str, file: File, known: dict[str, str]) -> bool:
    """What runs at the exit leaves by itself, so that the program's own exit code is lost."""
    if name not in ("atexit.register", "weakref.finalize", "multiprocessing.util.Finalize"):
        return False
    for given in node.args:
        function = _function(given, file)
        inner = (
            [full(part.func, known) for part in ast.walk(function) if isinstance(part, ast.Call)] if function else []
        )
        if full(given, known) in _LEAVING or _LEAVING & set(inner):
            return True
    return False


def _signalled(node: ast.Call, name: str, file: File) -> bool:
    """A signal by which a run is ended is ignored, or a handler does nothing."""
    if name == "signal.signal" and len(node.args) == 2 and last(node.args[0]) not in _IGNORED:
        return last(node.args[1]) == "SIG_IGN" or _does_nothing(_function(node.args[1], file))
    if last(node.func) == "set_exception_handler" and node.args:
        return _does_nothing(_function(node.args[0], file))
    return False


def _does_nothing(node: Called | None) -> bool:
    if isinstance(node, ast.Lambda):
        return literal(node.body)
    return node is not None and (is_stub(node) or not any(_acts(part) for part in ast.walk(node)))


def _acts(node: ast.AST) -> bool:
    says = ("print", "debug", "info", "warning", "error", "exception", "get", "str", "repr", "format")
    return isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and last(node.func) not in says)


def _optional(node: ast.Call, name: str, above: dict[int, ast.AST]) -> bool:
    """`gather(..., return_exceptions=True)` that nobody looks through, a retry that gives a value in the end."""
    words = {word.arg: word.value for word in node.keywords}
    if name.rpartition(".")[2] == "gather" and getattr(words.get("return_exceptions"), "value", False):
        around = above.get(id(node))
        while around is not None and not isinstance(around, Func | ast.Module):
            around = above.get(id(around))
        looked = [
            call for call in ast.walk(around or node) if isinstance(call, ast.Call) and last(call.func) == "isinstance"
        ]
        return not looked
    given = words.get("retry_error_callback")
    quiet = words.get("raise_on_giveup")
    return isinstance(given, ast.Lambda) or (isinstance(quiet, ast.Constant) and quiet.value is False)


def _stand_ins(file: File) -> Iterator[ast.AST]:
    """Handlers that put numbers of their own where a result belongs; nought and one may be what is meant."""
    for name, function in [("", file.tree), *file.functions.items()]:
        for node in own_parts(function):
            if not isinstance(node, ast.ExceptHandler) or _imports_only(node):
                continue
            ends = [part.value for part in _inside(node.body) if isinstance(part, ast.Return) and part.value]
            results = ends if _RESULT.search(name.rpartition(".")[2]) else []
            for part in _inside(node.body):
                if isinstance(part, ast.Assign) and any(_RESULT.search(ast.unparse(target)) for target in part.targets):
                    results = [*results, part.value]
            if any(has_number(value) and literal(value) and not _is_plain(value) for value in results):
                yield node


def _imports_only(node: ast.ExceptHandler) -> bool:
    return node.type is not None and last(node.type) in ("ImportError", "ModuleNotFoundError")


def _is_plain(node: ast.expr) -> bool:
    numbers = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    return all(value in (0, 1, None) or isinstance(value, str) for value in numbers)


def _muted(file: File) -> Iterator[ast.AST]:
    known = origins(file.tree)
    caught = {id(part) for node in ast.walk(file.tree) if isinstance(node, ast.With | ast.AsyncWith)
              for item in node.items if last(_called(item.context_expr)) == "catch_warnings"
              for part in ast.walk(node)}  # fmt: skip
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Call):
            name = full(node.func, known)
            if (id(node) not in caught and _all_warnings(node, name)) or _all_logs(node, name):
                yield node


def _all_warnings(node: ast.Call, name: str) -> bool:
    if name not in ("warnings.simplefilter", "warnings.filterwarnings"):
        return False
    action = node.args[0] if node.args else next((w.value for w in node.keywords if w.arg == "action"), None)
    rest = [*node.args[1:], *(word.value for word in node.keywords if word.arg not in ("action", "append"))]
    wide = {"Warning", "RuntimeWarning", "UserWarning"}
    return (
        isinstance(action, ast.Constant)
        and action.value == "ignore"
        and all(last(argument) in wide for argument in rest)
    )


def _all_logs(node: ast.Call, name: str) -> bool:
    if name == "logging.disable":
        return not node.args or last(node.args[0]) not in ("NOTSET", "DEBUG", "INFO")
    return False


__all__ = ["BROAD", "BUGS", "filters", "hooks", "made_up", "managers"]

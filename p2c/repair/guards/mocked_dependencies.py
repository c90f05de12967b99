"""Stand-ins for what the program needs: modules of a dependency's name, mocks, a patched clock or network."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from p2c.executor.module_layout import is_test
from p2c.executor.requirements.distributions import is_known, is_stdlib
from p2c.python_source import dotted, imports
from p2c.repair.guards.code_changes import Change, File, Func, more
from p2c.repair.guards.model import Refusal
from p2c.repair.guards.stubbed_code import is_stub

_OUTSIDE = {
    "time", "datetime", "socket", "ssl", "requests", "urllib", "urllib3", "http", "httpx", "aiohttp", "subprocess",
    "builtins", "os", "sys", "signal", "threading", "multiprocessing", "random", "json", "asyncio",
}  # fmt: skip
_HARMLESS = {"sys.path", "sys.argv", "sys.stdout", "sys.stderr", "sys.stdin", "os.environ"}
_MOCKS = {"unittest.mock", "mock", "freezegun", "time_machine", "responses", "httpretty", "requests_mock"}
_INSTEAD = "Require the real package, or call what it really has."


def modules(change: Change) -> Iterator[Refusal]:
    """A new module bears the name of a dependency, so that imports find it instead."""
    for path in change.paths:
        if path in change.before.files or path not in change.after.files:
            continue
        name = _top(path)
        if name and (is_known(name) or is_stdlib(name)) and _imported(name, change):
            message = f"a module called {name} answers in place of the real {name}. {_INSTEAD}"
            yield Refusal("stand-in", path, message)


def shadows(change: Change) -> Iterator[Refusal]:
    """A name that was imported from a package is now a hollow class or function of the file itself."""
    for before, after in change.changed:
        outside = {
            alias.asname or alias.name.partition(".")[0]
            for node in ast.walk(before.tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        for name in sorted(outside & (set(after.classes) | set(after.functions))):
            if name not in before.classes and name not in before.functions and _hollow(after, name):
                yield Refusal("stand-in", after.path, f"{name} was imported and is a hollow copy now. {_INSTEAD}")


def patched(change: Change) -> Iterator[Refusal]:
    """Parts of the clock, the network, the interpreter are replaced, or mocks are used outside of tests."""
    for path, node in more(change, _fakes):
        if _is_loud(node, change.pair(path)[1]):
            continue
        message = "the clock, the network, an import or the interpreter is replaced there. "
        message += "Let the program use the real one, and cure what fails."
        yield Refusal("faked", path, f"line {getattr(node, 'lineno', 0)}: {message}")


def _is_loud(node: ast.AST, file: File) -> bool:
    """A thread's failure is made to fail the program: the hook ends in a raise or an exit that is no success."""
    if not isinstance(node, ast.Assign) or [dotted(target) for target in node.targets] != ["threading.excepthook"]:
        return False
    hook = file.functions.get(dotted(node.value))
    last = hook.body[-1] if hook else None
    if hook is None or any(isinstance(part, ast.Return) for part in ast.walk(hook)):
        return False
    call = last.value if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) else None
    code = call.args[0] if call and call.args and dotted(call.func) in ("os._exit", "sys.exit") else None
    return isinstance(last, ast.Raise) or (isinstance(code, ast.Constant) and code.value not in (0, None, False))


def _top(path: str) -> str:
    """The name under which a new file can be imported from the repository's root or from `src`."""
    parts = path.removeprefix("src/").split("/")
    if len(parts) == 1 and path.endswith((".py", ".pyi")) and not is_test(path):
        return parts[0].rpartition(".")[0]
    return parts[0] if parts[-1] == "__init__.py" and len(parts) == 2 else ""


def _imported(name: str, change: Change) -> bool:
    """Whether the code that was there before imports it, and meant the package."""
    own = {_top(path) for path in change.before.files}
    texts = [text for path, text in change.before.files.items() if path.endswith(".py")]
    return name not in own and any(item.top == name and not item.level for text in texts for item in imports(text))


def _hollow(file: File, name: str) -> bool:
    if name in file.functions:
        return is_stub(file.functions[name])
    methods = [node for key, node in file.functions.items() if key.startswith(f"{name}.")]
    return all(is_stub(node) or _only_stores(node) for node in methods)


def _only_stores(node: Func) -> bool:
    return node.name == "__init__" and all(isinstance(part, ast.Assign | ast.Pass | ast.Expr) for part in node.body)


def _fakes(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name in _MOCKS for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        mocked = node.module == "unittest" and any(alias.name == "mock" for alias in node.names)
        return mocked or node.module in _MOCKS
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(_outside(target) for target in targets)
    return isinstance(node, ast.Call) and _fake_call(node)


def _outside(target: ast.expr) -> bool:
    place = target.value if isinstance(target, ast.Subscript) else target
    name = dotted(place)
    if isinstance(target, ast.Subscript):
        return name == "sys.modules"
    return isinstance(target, ast.Attribute) and name.split(".")[0] in _OUTSIDE and name not in _HARMLESS


def _fake_call(node: ast.Call) -> bool:
    name = dotted(node.func)
    if name.startswith("sys.modules."):
        return name.rpartition(".")[2] in ("setdefault", "update", "__setitem__")
    if name == "setattr" and node.args:
        return dotted(node.args[0]).split(".")[0] in _OUTSIDE
    return name in ("types.ModuleType", "ModuleType") or name.rpartition(".")[2] in ("MagicMock", "freeze_time")

"""Where code names a device, and which names stand for a GPU."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

_GPU = re.compile(r"cuda(?::\d+)?")
_NAME = re.compile(r"(?:.*_)?(?:device|dev|devices)\d?", re.IGNORECASE)
_SETTINGS = re.compile(r"(?:.*_)?(?:cfg|conf|configs?|opts?|args|hparams|params|settings|options)", re.IGNORECASE)
_OTHERWISE = ("autocast", "GradScaler", "custom_fwd", "custom_bwd")
"""What disables itself without a GPU; on the CPU it would compute with other numbers."""

Dotted = Callable[[ast.expr], str]


def is_gpu(node: ast.expr) -> bool:
    """Tell whether an expression names a GPU: `"cuda:0"`, `f"cuda:{n}"`, `"cuda:" + n`, `"cuda:{}".format(n)`."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and bool(_GPU.fullmatch(node.value))
    if isinstance(node, ast.JoinedStr):
        return bool(node.values) and _starts(node.values[0])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return _starts(node.left)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "format" and _starts(node.func.value)
    return False


def _starts(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("cuda:")


def is_read(node: ast.expr) -> bool:
    """Tell whether an expression reads a device from settings: `cfg.device`, `config["device"]`, `c.get("device")`."""
    if isinstance(node, ast.Attribute):
        return bool(_NAME.fullmatch(node.attr)) and _is_settings(node.value)
    if isinstance(node, ast.Subscript):
        return _is_key(node.slice) and _is_settings(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        return bool(node.args) and _is_key(node.args[0]) and _is_settings(node.func.value)
    return False


def _is_settings(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute) and _SETTINGS.fullmatch(node.attr):
            return True
        node = node.value
    return isinstance(node, ast.Name) and bool(_SETTINGS.fullmatch(node.id))


def _is_key(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(_NAME.fullmatch(node.value))


def named(node: ast.AST, dotted: Dotted, torch: bool) -> Iterator[ast.expr]:
    """Yield the expressions by which a node names a device; without torch in the file, only those of its settings."""
    if isinstance(node, ast.Call):
        yield from _defaults(node)
        yield from _passed(node, dotted) if torch else ()
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value is not None and any(_is_device(target) for target in targets):
            yield node.value
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from _parameters(node.args)
    elif isinstance(node, ast.Dict):
        yield from (value for key, value in zip(node.keys, node.values, strict=True) if key and _is_key(key))


def _is_device(target: ast.expr) -> bool:
    if isinstance(target, ast.Subscript):
        return _is_key(target.slice)
    name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
    return bool(_NAME.fullmatch(name))


def _defaults(call: ast.Call) -> Iterator[ast.expr]:
    """Defaults of arguments of the command line, and of settings that may be left out."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in ("add_argument", "option"):
        yield from (word.value for word in call.keywords if word.arg == "default" and is_gpu(word.value))
    elif name in ("get", "pop", "setdefault") and len(call.args) == 2 and _is_key(call.args[0]):
        yield call.args[1]
    elif name == "getattr" and len(call.args) == 3 and _is_key(call.args[1]):
        yield call.args[2]


def _passed(call: ast.Call, dotted: Dotted) -> Iterator[ast.expr]:
    name, method = dotted(call.func), call.func.attr if isinstance(call.func, ast.Attribute) else ""
    last = name.rpartition(".")[2] or method
    if last in _OTHERWISE:
        return
    if name == "torch.device" and len(call.args) != 1:
        return
    if name in ("torch.device", "torch.set_default_device") or (method == "to" and not name.startswith("torch.")):
        yield from call.args[:1]
    if name in ("torch.load", "torch.jit.load"):
        yield from call.args[1:2]
    yield from (word.value for word in call.keywords if word.arg in ("device", "map_location"))


def _parameters(parameters: ast.arguments) -> Iterator[ast.expr]:
    placed = [*parameters.posonlyargs, *parameters.args]
    pairs = [*zip(reversed(placed), reversed(parameters.defaults), strict=False)]
    pairs += [
        (parameter, value)
        for parameter, value in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
        if value
    ]
    yield from (value for parameter, value in pairs if _NAME.fullmatch(parameter.arg))

"""Exact edits by which code asks `torch.cuda.is_available()` before it takes a GPU."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from p2c.python_source import parse
from p2c.repair.fixers.devices import device_names
from p2c.repair.fixers.devices.guards import guarded
from p2c.repair.fixers.imported_names import assigned_names, dotted_name, imported_names
from p2c.repair.fixers.text_edits import Edit, Text, edited, with_imports


@dataclass(frozen=True)
class Wanted:
    """What of a repository has to be known for the edits of one file."""

    loads: bool = False
    """A file that was saved on a GPU could not be loaded."""
    configured: bool = False
    """A configuration file of the repository names the device."""
    overridden: bool = False
    """A class of the repository has its own `cuda()`, which `.to()` would not call."""


@dataclass(frozen=True)
class _File:
    """A file with what the edits ask about it."""

    tree: ast.Module
    place: Text
    bound: dict[str, str]
    available: str
    """The question, as this file spells it."""
    wanted: Wanted
    guarded: set[int]
    parents: dict[int, ast.AST] = field(default_factory=dict)

    def dotted(self, node: ast.expr) -> str:
        return dotted_name(node, self.bound)

    def either(self, there: str, otherwise: str = '"cpu"') -> str:
        return f"{there} if {self.available} else {otherwise}"


def device_aware(text: str, wanted: Wanted) -> str:
    """Return the text with every unguarded use of a GPU made to depend on whether there is one."""
    tree = parse(text)
    if tree is None or not re.search(r"cuda|nccl|pin_memory|device|\.to\(|load\(", text):
        return text
    bound = imported_names(tree)
    named = [name for name, dotted in bound.items() if dotted == "torch"]
    if not named and "torch" in assigned_names(tree) | set(bound):
        return text
    parents = {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    torch = named[0] if named else "torch"
    file = _File(tree, Text(text), bound, f"{torch}.cuda.is_available()", wanted, guarded(tree), parents)
    edits = [edit for node in ast.walk(tree) if id(node) not in file.guarded for edit in _edits(node, file)]
    if not edits:
        return text
    changed = edited(text, edits)
    return changed if named else with_imports(changed, ["import torch"])


def _edits(node: ast.AST, file: _File) -> Iterator[Edit]:
    torch = any(dotted.partition(".")[0] == "torch" for dotted in file.bound.values())
    yield from _named_devices(node, file, torch)
    if isinstance(node, ast.Call):
        yield from _moved(node, file)
        yield from _loaded(node, file)
    if torch and isinstance(node, ast.Call):
        yield from _called(node, file)
        yield from _distributed(node, file)
    if torch and isinstance(node, ast.expr):
        yield from _tensor_types(node, file)
    if torch and isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield from _only_with_gpu(node, node.value, file)


def _named_devices(node: ast.AST, file: _File, torch: bool) -> Iterator[Edit]:
    """Where a device is named: `"cuda"` -> `"cuda" if torch.cuda.is_available() else "cpu"`."""
    for expression in device_names.named(node, file.dotted, torch):
        if id(expression) in file.guarded:
            continue
        source = file.place.source(expression)
        if device_names.is_gpu(expression):
            yield Edit(*file.place.span(expression), file.either(source))
        elif file.wanted.configured and device_names.is_read(expression):
            asked = f'{file.available} or "cuda" not in str({source})'
            yield Edit(*file.place.span(expression), f'{source} if {asked} else "cpu"')


def _moved(node: ast.Call, file: _File) -> Iterator[Edit]:
    """`x.cuda()` -> `x.to(...)`; `x.pin_memory()` only with a GPU."""
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if owner is None or not isinstance(node.func, ast.Attribute) or _is_library(owner, file):
        return
    parent = file.parents.get(id(node))
    simple = isinstance(owner, ast.Name | ast.Attribute | ast.Subscript) and "\n" not in file.place.source(owner)
    whole = file.place.span(node)
    if node.func.attr == "pin_memory" and not node.args and simple:
        yield Edit(*whole, f"({file.either(file.place.source(node), file.place.source(owner))})")
    first = node.args[0] if node.args else None
    if node.func.attr == "to" and isinstance(first, ast.Constant) and type(first.value) is int:
        yield Edit(*file.place.span(first), file.either(file.place.source(first)))
    if node.func.attr != "cuda" or any(isinstance(argument, ast.Starred) for argument in node.args):
        return
    device = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "device")]
    plain = not device or (isinstance(device[0], ast.Constant) and type(device[0].value) is int)
    if plain and not file.wanted.overridden:
        number = f":{file.place.source(device[0])}" if device else ""
        rest: list[ast.expr | ast.keyword] = [*node.args[1:], *(word for word in node.keywords if word.arg != "device")]
        passed = ", ".join([file.either(f'"cuda{number}"'), *_non_blocking(rest, file)])
        yield Edit(file.place.span(node.func)[1] - len("cuda"), whole[1], f"to({passed})")
    elif isinstance(parent, ast.Expr):
        yield from _behind_question(parent, file)
    elif simple:
        yield Edit(*whole, f"({file.either(file.place.source(node), file.place.source(owner))})")


def _non_blocking(rest: list[ast.expr | ast.keyword], file: _File) -> list[str]:
    """What `cuda` takes second, `to` takes by name."""
    return [
        file.place.source(argument)
        if isinstance(argument, ast.keyword)
        else f"non_blocking={file.place.source(argument)}"
        for argument in rest
    ]


def _is_library(owner: ast.expr, file: _File) -> bool:
    return file.dotted(owner).partition(".")[0] in ("torch", "numba", "cupy", "jax", "tensorflow")


def _loaded(node: ast.Call, file: _File) -> Iterator[Edit]:
    """`torch.load(path)` takes what was saved on a GPU to the CPU where there is none."""
    known = file.dotted(node.func) in ("torch.load", "torch.jit.load")
    words = {word.arg for word in node.keywords}
    if not (file.wanted.loads and known) or len(node.args) > 1 or words & {None, "map_location"}:
        return
    end = file.place.span(node)[1] - 1
    comma = "" if file.place.text[:end].rstrip().endswith(",") else ", "
    yield Edit(end, end, f"{comma}map_location={file.either('None')}")


def _called(node: ast.Call, file: _File) -> Iterator[Edit]:
    """torch's own functions that want a GPU, where what they return is used."""
    dotted, source = file.dotted(node.func), file.place.source(node)
    if dotted == "torch.device" and len(node.args) == 2 and device_names.is_gpu(node.args[0]):
        otherwise = file.place.source(node.func) + '("cpu")'
        yield Edit(*file.place.span(node), f"({file.either(source, otherwise)})")
    elif dotted in _ANSWERS and not isinstance(file.parents.get(id(node)), ast.Expr):
        yield Edit(*file.place.span(node), f"({file.either(source)})")
    elif dotted == "torch.cuda.device" and len(node.args) == 1 and id(node.args[0]) not in file.guarded:
        yield Edit(*file.place.span(node.args[0]), file.either(file.place.source(node.args[0]), "-1"))


def _distributed(node: ast.Call, file: _File) -> Iterator[Edit]:
    """NCCL is for GPUs; processes on the CPU talk over gloo, and their models have no device ids."""
    dotted = file.dotted(node.func)
    if dotted == "torch.distributed.init_process_group":
        for argument in [*node.args[:1], *(word.value for word in node.keywords if word.arg == "backend")]:
            if isinstance(argument, ast.Constant) and argument.value == "nccl":
                yield Edit(*file.place.span(argument), file.either(file.place.source(argument), '"gloo"'))
    elif dotted.startswith("torch.nn.parallel.") and dotted.endswith("DistributedDataParallel"):
        for argument in (word.value for word in node.keywords if word.arg in ("device_ids", "output_device")):
            if not isinstance(argument, ast.IfExp) and ast.unparse(argument) != "None":
                yield Edit(*file.place.span(argument), file.either(file.place.source(argument), "None"))


_ANSWERS = frozenset({"torch.cuda.current_device", "torch.cuda.get_device_name"})
"""What they return is used as a device, or printed."""
_TYPE = re.compile(r"torch\.cuda\.(\w+Tensor)")


def _tensor_types(node: ast.expr, file: _File) -> Iterator[Edit]:
    """`torch.cuda.FloatTensor`, as a class or as a string, unless it is only compared with."""
    if isinstance(node, ast.Attribute):
        match = _TYPE.fullmatch(file.dotted(node))
    else:
        value = node.value if isinstance(node, ast.Constant) else None
        match = _TYPE.fullmatch(value) if isinstance(value, str) else None
    parent = file.parents.get(id(node))
    if match is None or _compares(parent) or _compares(file.parents.get(id(parent))):
        return
    source = file.place.source(node)
    instead = source.replace(".cuda.", ".")
    free = isinstance(parent, ast.Assign | ast.keyword) or (isinstance(parent, ast.Call) and node is not parent.func)
    chosen = file.either(source, instead)
    yield Edit(*file.place.span(node), chosen if free else f"({chosen})")


def _compares(node: ast.AST | None) -> bool:
    is_test = isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("isinstance", "issubclass", "type")
    return is_test or isinstance(node, ast.Compare | ast.Dict)


_ORDERS = frozenset(
    """set_device synchronize init ipc_collect reset_peak_memory_stats reset_max_memory_allocated
    reset_max_memory_cached reset_accumulated_memory_stats set_per_process_memory_fraction set_rng_state
    set_rng_state_all""".split()
)
"""Functions of torch.cuda that have nothing to do without a GPU, and fail."""


def _only_with_gpu(statement: ast.Expr, call: ast.Call, file: _File) -> Iterator[Edit]:
    module, _, name = file.dotted(call.func).rpartition(".")
    if module in ("torch.cuda", "torch.cuda.memory", "torch.cuda.random") and name in _ORDERS:
        yield from _behind_question(statement, file)


def _behind_question(statement: ast.stmt, file: _File) -> Iterator[Edit]:
    """Put a statement that is alone on its lines under `if torch.cuda.is_available():`."""
    start, end = file.place.span(statement)
    indent = file.place.text[file.place.line_start(statement.lineno) : start]
    behind = file.place.text[end:].split("\n", 1)[0].strip()
    if not indent.strip() and (not behind or behind.startswith("#")):
        step = "\t" if "\t" in indent else "    "
        yield Edit(start, start, f"if {file.available}:{file.place.newline}{indent}{step}")

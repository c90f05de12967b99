"""Cures names that are used and never imported: the usual aliases, the standard library, the repository's own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from p2c.python_source import parse
from p2c.repair.case import Case
from p2c.repair.fixers.imported_names import imported_names, top_level_names
from p2c.repair.fixers.imports.module_index import base_folder, dotted_of
from p2c.repair.fixers.text_edits import offer, with_imports
from p2c.repair.patch import Patch

_UNDEFINED = re.compile(r"(?:[Uu]ndefined name|[Nn]ame) [`'\"](\w+)[`'\"]")
_RULES = frozenset({"F821", "NameError", "name-defined"})

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "np": "import numpy as np",
        "pd": "import pandas as pd",
        "plt": "import matplotlib.pyplot as plt",
        "sns": "import seaborn as sns",
        "sp": "import scipy as sp",
        "nx": "import networkx as nx",
        "tf": "import tensorflow as tf",
        "torch": "import torch",
        "nn": "import torch.nn as nn",
        "F": "import torch.nn.functional as F",
        "optim": "import torch.optim as optim",
        "DataLoader": "from torch.utils.data import DataLoader",
        "Dataset": "from torch.utils.data import Dataset",
        "TensorDataset": "from torch.utils.data import TensorDataset",
        "tqdm": "from tqdm import tqdm",
        "yaml": "import yaml",
        "numpy": "import numpy",
        "pandas": "import pandas",
        "scipy": "import scipy",
        "sklearn": "import sklearn",
    }
)
"""Name -> import of what it stands for by custom, where the repository uses that package anyway."""
_ALWAYS = frozenset({"np", "pd", "plt", "yaml", "numpy", "pandas", "torch"})
"""Aliases that stand for nothing else, so that the repository need not use the package elsewhere."""

_MODULES = frozenset(
    "abc argparse ast base64 bisect collections contextlib copy csv enum functools gc glob gzip hashlib heapq inspect "
    "io itertools json logging math multiprocessing operator os pathlib pickle platform random re shutil signal socket "
    "statistics string struct subprocess sys tempfile textwrap threading time traceback types typing uuid warnings "
    "zipfile dataclasses".split()
)
_FROM = {
    "typing": "Any Callable ClassVar Dict Final FrozenSet Generator Generic Iterable Iterator List Literal Mapping "
    "NamedTuple NoReturn Optional Protocol Sequence Set Tuple Type TypeVar Union cast overload TYPE_CHECKING",
    "pathlib": "Path PurePath",
    "dataclasses": "dataclass asdict is_dataclass",
    "collections": "defaultdict OrderedDict Counter deque namedtuple",
    "functools": "partial lru_cache reduce wraps cached_property",
    "abc": "ABC abstractmethod ABCMeta",
    "enum": "Enum IntEnum auto",
    "contextlib": "contextmanager suppress nullcontext",
    "datetime": "timedelta",
    "copy": "deepcopy",
    "argparse": "ArgumentParser Namespace",
    "itertools": "islice zip_longest",
    "concurrent.futures": "ThreadPoolExecutor ProcessPoolExecutor",
    "types": "SimpleNamespace",
    "time": "perf_counter",
}
STANDARD: Mapping[str, str] = MappingProxyType(
    {name: f"from {module} import {name}" for module, names in _FROM.items() for name in names.split()}
)


def fix(case: Case) -> Patch | None:
    """Import each name that findings call undefined and that can mean one thing only."""
    wanted: dict[str, dict[str, str]] = {}
    for path, name in sorted(set(_undefined(case))):
        line = _import_for(case, path, name)
        if line:
            wanted.setdefault(path, {})[name] = line
    changes = {path: with_imports(case.repo.files[path], list(lines.values())) for path, lines in wanted.items()}
    names = ", ".join(sorted({name for lines in wanted.values() for name in lines}))
    return offer(case, "missing-imports", f"Import what is used: {names}", changes)


def _undefined(case: Case) -> Iterator[tuple[str, str]]:
    for finding in case.report.findings:
        match = _UNDEFINED.search(finding.message) if finding.rule in _RULES else None
        if not match:
            continue
        inside = [frame.path for frame in finding.frames if frame.inside]
        path = inside[-1] if inside else finding.path
        if path and path in case.repo.files and parse(case.repo.files[path]) is not None:
            yield path, match[1]


def _import_for(case: Case, path: str, name: str) -> str:
    tree = parse(case.repo.files[path])
    if tree is None:
        return ""
    if name == "datetime":
        return _datetime(tree)
    if name in _MODULES:
        return f"import {name}" if _only_attributes(tree, name) else ""
    if name in STANDARD:
        return STANDARD[name]
    own = _own_module(case, path, name)
    if own:
        return own
    line = ALIASES.get(name, "")
    return line if line and (name in _ALWAYS or _package(line) in _packages(case)) else ""


def _only_attributes(tree: ast.Module, name: str) -> bool:
    """Every use of the name reads an attribute of it, as one does with a module."""
    uses = sum(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))
    dotted = sum(
        isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
        for node in ast.walk(tree)
    )
    return uses == dotted > 0


def _datetime(tree: ast.Module) -> str:
    """The module and its class have one name; what is read of it tells which is meant."""
    if not _only_attributes(tree, "datetime"):
        return ""
    read = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "datetime"
    }
    if read <= {"now", "utcnow", "today", "strptime", "fromtimestamp", "fromisoformat", "combine"}:
        return "from datetime import datetime"
    return "import datetime" if read <= {"datetime", "timedelta", "date", "timezone"} else ""


def _own_module(case: Case, path: str, name: str) -> str:
    """An import from the one module of the repository that defines the name, if that does not import this file."""
    base = base_folder(case)
    where = []
    for other in case.repo.python_files():
        tree = parse(case.repo.files[other])
        if other != path and tree and name in top_level_names(tree) - set(imported_names(tree)):
            where.append((other, tree))
    if len(where) != 1:
        return ""
    module, here = dotted_of(where[0][0], base), dotted_of(path, base)
    if not module or "test" in module or (here and here in _modules_imported(where[0][1])):
        return ""
    return f"from {module} import {name}"


def _modules_imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def _package(line: str) -> str:
    return line.split()[1].partition(".")[0]


def _packages(case: Case) -> set[str]:
    """Top-level packages that any file of the repository imports."""
    trees = (tree for path in case.repo.python_files() if (tree := parse(case.repo.files[path])))
    return {module.partition(".")[0] for tree in trees for module in _modules_imported(tree)}
